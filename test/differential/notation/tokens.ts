import { type ForgedTimestampAuthority, forgeToken, forgeTstInfo } from '../../support/forge-timestamp.ts';
import { changedChain } from './certificates.ts';
import { changeDer } from './change-der.ts';
import type { Random } from './random.ts';

/** Makes the timestamp token of a signature. */
export type MakeToken = (signature: Uint8Array) => Uint8Array;

/** Tokens of the trusted authority: of changed content that it signed, with a changed certificate, or changed as a whole. */
export function tokenBy({ leaf, root }: ForgedTimestampAuthority, random: Random): MakeToken {
  const what = random.pick(['info', 'info', 'info', 'certificate', 'certificate', 'token', 'attributes']);
  return (signature) => {
    const hash = random.pick(['SHA-256', 'SHA-256', 'SHA-384', 'SHA-512', 'SHA-1'] as const);
    const info = forgeTstInfo({ signature, hash, accuracy: { seconds: 1 }, ordering: random.percent(20) });
    const [changedLeaf = leaf.der] =
      what === 'certificate' ? changedChain({ chain: [leaf, root], leaf, root }, random) : [];
    const token = forgeToken({
      info: what === 'info' ? changeDer(info, random) : info,
      signers: {
        signer: { ...leaf, der: changedLeaf },
        ...(what === 'attributes' && { order: (list: Uint8Array[]) => changedAttributes(list, random) }),
      },
      certificates: [changedLeaf, root],
    });
    return what === 'token' ? changeDer(token, random) : token;
  };
}

function changedAttributes(list: Uint8Array[], random: Random): Uint8Array[] {
  const at = random.below(list.length);
  const attribute = list[at] ?? new Uint8Array();
  if (random.percent(20)) return list.toReversed();
  return list.toSpliced(
    at,
    1,
    ...(random.percent(20) ? [attribute, attribute] : [changeDer(attribute, random)]),
  );
}
