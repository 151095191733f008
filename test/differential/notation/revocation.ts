import { readCertificate } from '../../../src/x509/certificate.ts';
import { createRevocationChecker } from '../../../src/x509/revocation/checker.ts';
import { REVOCATION_REASONS } from '../../../src/x509/revocation/evaluation.ts';
import * as der from '../../support/der.ts';
import {
  extensions,
  type Forged,
  forgeAuthority,
  forgeLeaf,
  purposes,
  signBytes,
} from '../../support/forge.ts';
import { crlExtensions, forgeCrl } from '../../support/forge-crl.ts';
import { type ForgedSingleResponse, forgeOcsp, invalidityDate, wrapOcsp } from '../../support/forge-ocsp.ts';
import { contentOf, fixed, opensslChain, partsOf, signDocument } from './authorities.ts';
import { changeDer } from './change-der.ts';
import { base64, decide } from './decide.ts';
import type { Case, Family } from './family.ts';
import type { Random } from './random.ts';

const BASE = 'http://crl.example/base';
const DELTA = 'http://crl.example/delta';
const RESPONDER = 'http://ocsp.example/';
const DAY = 86_400_000;
const SIGNED = new Date('2024-05-06T07:08:09Z');

const before = (days: number) => new Date(Date.now() - days * DAY);
const after = (days: number) => new Date(Date.now() + days * DAY);
/** Times that a case has in common with all others of a run. */
const CURRENT = { thisUpdate: before(1), nextUpdate: after(1) };

/** CRLs that were changed and signed anew, and the verdict on a certificate that names them. */
export async function crls(): Promise<Family> {
  const chains = [await forgedSeeds('EC-256'), await forgedSeeds('RSA-2048'), await opensslSeeds()];
  return {
    name: 'CRLs',
    make(random) {
      const { leaf, root, lists } = random.pick(chains);
      const { base, delta } = random.pick(lists);
      const changeDelta = delta !== undefined && random.percent(40);
      const responses: Record<string, Uint8Array> = {
        [BASE]: changeDelta ? base : changed(base, root, random),
        ...(delta && { [DELTA]: changeDelta ? changed(delta, root, random) : delta }),
      };
      return caseOf([leaf, root], responses, random);
    },
  };
}

interface Lists {
  base: Uint8Array;
  delta?: Uint8Array;
}

async function forgedSeeds(type: 'EC-256' | 'RSA-2048') {
  const root = forgeAuthority({ ...fixed(type), subject: 'Root' });
  const leaf = signingLeaf(root, extensions.crl([BASE]));
  const { serialNumber } = leaf;
  const other = { serialNumber: Uint8Array.of(5), time: before(3), reason: 1 };
  const list = (content: object) => forgeCrl({ issuer: root, ...CURRENT, ...content });
  const entries = (...content: object[]) => ({
    entries: content.map((one) => ({ serialNumber, time: before(2), ...one })),
  });
  const freshest = [DELTA];
  const lists: Lists[] = [
    { base: list({}) },
    { base: list({ entries: [other], extensions: [extensions.authorityKeyIdentifier(root.key)] }) },
    { base: list(entries({ reason: 1 })) },
    { base: list(entries({})) },
    { base: list(entries({ reason: 6 })) },
    { base: list(entries({ reason: 6 }, { reason: 8, time: before(1) })) },
    { base: list(entries({ invalidityDate: before(40), reason: 1 })) },
    { base: list(entries({ invalidityDate: new Date('2024-03-01T00:00:00Z') })) },
    { base: list({ scope: { addresses: [BASE] }, entries: [other] }) },
    { base: list({ scope: { users: true }, extensions: [crlExtensions.expiredCertsOnCrl(before(900))] }) },
    { base: list({ freshest }), delta: list({ number: 2, deltaSince: 1 }) },
    {
      base: list({ freshest, entries: [other] }),
      delta: list({ number: 3, deltaSince: 1, ...entries({ reason: 1 }) }),
    },
    {
      base: list({ freshest, ...entries({ reason: 6 }) }),
      delta: list({ number: 3, deltaSince: 1, ...entries({ reason: 8, time: before(1) }) }),
    },
  ];
  return { leaf, root, lists };
}

async function opensslSeeds() {
  const { chain, crls: made } = await opensslChain();
  return { leaf: chain.leaf, root: chain.root, lists: made.map((base): Lists => ({ base })) };
}

function signingLeaf(issuer: Forged, ...more: Uint8Array[]): Forged {
  const usages = [
    extensions.keyUsage(['digitalSignature']),
    extensions.extendedKeyUsage([purposes.codeSigning]),
  ];
  return forgeLeaf({ ...fixed(), subject: 'signer', issuer, extensions: [...usages, ...more] });
}

function changed(crl: Uint8Array, issuer: Forged, random: Random): Uint8Array {
  const [tbs] = partsOf(crl);
  if (!tbs || random.percent(5)) return changeDer(crl, random);
  return signDocument(changeDer(tbs, random), crl, issuer.key);
}

/** OCSP responses that were changed and signed anew, and the verdict on a certificate that names the responder. */
export async function ocspResponses(): Promise<Family> {
  const root = forgeAuthority({ ...fixed(), subject: 'Root' });
  const leaf = signingLeaf(root, extensions.ocsp([RESPONDER]));
  const delegated = forgeLeaf({
    ...fixed(),
    subject: 'Responder',
    issuer: root,
    extensions: [
      extensions.keyUsage(['digitalSignature']),
      extensions.extendedKeyUsage([purposes.ocspSigning]),
      extensions.ocspNoCheck(),
    ],
  });
  const about = (content: Partial<ForgedSingleResponse> = {}) => ({
    certificate: leaf,
    issuer: root,
    ...CURRENT,
    ...content,
  });
  const revoked = { status: { time: before(2), reason: 1 } };
  const singles = [
    [about()],
    [about(revoked)],
    [about({ status: { time: before(2) } })],
    [about({ status: { time: before(2), reason: 6 } })],
    [about({ ...revoked, extensions: [invalidityDate(before(40))] })],
    [about({ ...revoked, extensions: [invalidityDate(new Date('2024-03-01T00:00:00Z'))] })],
    [about({ status: 'unknown' })],
    [about({ serialNumber: Uint8Array.of(5) }), about()],
    [about({ hash: 'SHA-256' })],
  ];
  const responses = singles.flatMap((list) =>
    [root, delegated].map((signer) => ({
      signer,
      bytes: forgeOcsp({
        responses: list,
        signer,
        responder: list.length > 1 ? 'key' : 'name',
        producedAt: CURRENT.thisUpdate,
        ...(signer === delegated && { certificates: [delegated] }),
      }),
    })),
  );
  return {
    name: 'OCSP responses',
    make(random) {
      const { signer, bytes } = random.pick(responses);
      return caseOf([leaf, root], { [RESPONDER]: changedResponse(bytes, signer, root, random) }, random);
    },
  };
}

/** Changes the signed part, or else what is around it, or the certificate of the responder. */
function changedResponse(response: Uint8Array, signer: Forged, root: Forged, random: Random): Uint8Array {
  if (random.percent(8)) return changeDer(response, random);
  const basic = basicOf(response);
  const [data = basic, algorithm = basic, , certificates] = partsOf(basic);
  const changeCertificate = certificates !== undefined && random.percent(35);
  const tbs = changeCertificate ? data : changeDer(data, random);
  const rest =
    certificates && changeCertificate ? changedCertificates(certificates, root, random) : certificates;
  return wrapOcsp(
    der.sequence(tbs, algorithm, der.bitString(signBytes(tbs, signer.key)), ...(rest ? [rest] : [])),
  );
}

/** The BasicOCSPResponse in a response. */
function basicOf(response: Uint8Array): Uint8Array {
  const [, bytes = response] = partsOf(response);
  const [, wrapped = bytes] = partsOf(contentOf(bytes));
  return contentOf(wrapped);
}

function changedCertificates(certificates: Uint8Array, root: Forged, random: Random): Uint8Array {
  const [certificate = certificates] = partsOf(contentOf(certificates));
  const [tbs = certificate] = partsOf(certificate);
  const changedOne = signDocument(changeDer(tbs, random), certificate, root.key);
  return der.explicit(0, der.sequence(changedOne));
}

function caseOf(
  chain: readonly Forged[],
  responses: Readonly<Record<string, Uint8Array>>,
  random: Random,
): Case {
  const authenticSigningTime = random.percent(30) ? SIGNED : undefined;
  const encoded = Object.entries(responses).map(([url, bytes]) => [url, base64(bytes)]);
  return {
    task: {
      kind: 'revocation',
      chain: chain.map((one) => base64(one.der)),
      responses: Object.fromEntries(encoded),
      signingTime: authenticSigningTime?.getTime() ?? 0,
    },
    decide: () =>
      decide(async () => {
        const checker = createRevocationChecker({ fetch: fetchFrom(responses) });
        const [leaf] = await checker.check(
          chain.map((one) => readCertificate(one.der)),
          { authenticSigningTime },
        );
        if (!leaf) throw new Error('there is no status');
        const { status, reason, revocation, lookups } = leaf;
        const last = lookups.at(-1);
        const why = status === 'good' ? undefined : `${reason?.code}: ${last?.code ?? ''} ${last?.message}`;
        const byOcsp = lookups[0]?.method === 'OCSP' && revocation;
        return {
          verdict: status === 'notChecked' ? 'good' : status,
          ...(why && { reason: why }),
          ...(byOcsp && { content: revocationContent(revocation) }),
        };
      }),
  };
}

function revocationContent({ time, reason }: { time: string; reason?: string }): unknown {
  const number = reason === undefined ? 0 : REVOCATION_REASONS.indexOf(reason);
  return { revokedAt: Date.parse(time), ...(number > 0 && { reason: number }) };
}

/** Answers requests by the start of their address. */
function fetchFrom(responses: Readonly<Record<string, Uint8Array>>): typeof globalThis.fetch {
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    const found = Object.entries(responses).find(([address]) => url.startsWith(address));
    return found ? new Response(Uint8Array.from(found[1])) : new Response(null, { status: 404 });
  };
}
