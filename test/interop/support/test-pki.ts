import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Forged } from '../../support/forge.ts';
import { LoopbackServer } from './loopback-server.ts';
import type { KeyPair } from './notation-cli.ts';
import { derOf } from './openssl.ts';
import { type Extensions, type Issued, OpensslAuthority, type OpensslKey } from './openssl-authority.ts';

/** The addresses that a certificate names. */
export interface Addresses {
  ocsp?: readonly string[];
  crl?: readonly string[];
  freshestCrl?: readonly string[];
}

/** A key and its certificate chain, leaf first, by openssl. */
export interface SigningChain extends KeyPair {
  readonly leaf: Issued;
}

export interface LeafOptions extends Addresses {
  key?: OpensslKey;
  /** The root by default. */
  issuer?: OpensslAuthority;
  notBefore?: Date;
  notAfter?: Date;
}

/** A root by openssl, and the server of what its certificates name. */
export class TestPki {
  readonly server: LoopbackServer;
  readonly root: OpensslAuthority;
  /** The kind of key of the root and, by default, of leaves. */
  readonly key: OpensslKey;
  readonly #directory: string;

  private constructor(directory: string, server: LoopbackServer, root: OpensslAuthority, key: OpensslKey) {
    this.#directory = directory;
    this.server = server;
    this.root = root;
    this.key = key;
  }

  static async create(key: OpensslKey = 'EC-256'): Promise<TestPki> {
    const directory = await mkdtemp(join(tmpdir(), 'interop-pki-'));
    const [server, root] = [
      await LoopbackServer.start(),
      await OpensslAuthority.root(directory, 'Root', { key }),
    ];
    return new TestPki(directory, server, root, key);
  }

  async dispose(): Promise<void> {
    await this.server.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Another root, which is not trusted. */
  stranger(name = 'Stranger'): Promise<OpensslAuthority> {
    return OpensslAuthority.root(this.#directory, name, { key: this.key });
  }

  /** An authority below the root. */
  intermediate(addresses: Addresses = {}, options: { notAfter?: Date } = {}): Promise<OpensslAuthority> {
    const extensions = addressExtensions(addresses);
    return this.root.subordinate('Intermediate', { key: this.key, extensions, ...options });
  }

  /** A certificate that may sign artifacts, with its chain; paths such as `/crl` are of the server. */
  async leaf({ key = this.key, issuer = this.root, ...options }: LeafOptions = {}): Promise<SigningChain> {
    const { notBefore, notAfter, ...addresses } = options;
    const leaf = await issuer.issue('signer', {
      key,
      notBefore,
      notAfter,
      extensions: {
        keyUsage: 'critical,digitalSignature',
        extendedKeyUsage: 'codeSigning',
        ...addressExtensions(addresses),
      },
    });
    return this.chainOf(leaf, issuer);
  }

  /** The chain of a certificate by the root or by an authority below the root. */
  chainOf(leaf: Issued, issuer: OpensslAuthority): SigningChain {
    const authorities = issuer === this.root ? [this.root] : [issuer, this.root];
    const certificates = [leaf, ...authorities.map(({ issued }) => issued)];
    return {
      leaf,
      privateKey: leaf.privateKey,
      certificates: certificates.map(({ certificate }) => certificate).join(''),
    };
  }
}

/** The extensions that name addresses. */
export function addressExtensions({ ocsp = [], crl = [], freshestCrl = [] }: Addresses): Extensions {
  const uris = (list: readonly string[], prefix = '') =>
    list.length === 0 ? undefined : list.map((url) => `${prefix}URI:${url}`).join(',');
  return {
    authorityInfoAccess: uris(ocsp, 'OCSP;'),
    crlDistributionPoints: uris(crl),
    freshestCRL: uris(freshestCrl),
  };
}

/** A chain by openssl as those of `forge.ts`, to forge envelopes with. */
export function asForged({ certificates, privateKey }: KeyPair, type: Forged['key']['type']): Forged[] {
  const key = createPrivateKey(privateKey);
  const pems = certificates.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----\n?/g) ?? [];
  return pems.map((pem) => ({
    der: new Uint8Array(derOf(pem)),
    pem,
    key: { type, privateKey: key, publicKey: createPublicKey(key) },
    privateKey,
    subject: new Uint8Array(),
    serialNumber: new Uint8Array(),
    keyIdentifier: new Uint8Array(),
  }));
}
