import { sha256 } from '@noble/hashes/sha2.js';
import { expect, it } from 'vitest';
import { KeyDerivationBudget } from '../../src/keys/key-derivation-budget.ts';
import { deriveBytes, Purpose } from '../../src/keys/pkcs12-derivation.ts';
import { bmp } from '../support/forge-pkcs12.ts';

it('derives a key in as many iterations as Bouncy Castle uses for a MAC', async () => {
  const [passphrase, budget] = [bmp('passphrase'), new KeyDerivationBudget()];
  const derivation = { passphrase, salt: new Uint8Array(20), iterations: 1_200_000, budget };
  await expect(deriveBytes(sha256, Purpose.mac, derivation, 32)).resolves.toHaveLength(32);
}, 120_000);
