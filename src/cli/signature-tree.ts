import type { BlobInspection, InspectedCertificate, SignatureInspection } from '../storage/inspect.ts';
import { nextStepOf } from './next-step.ts';
import type { TreeNode } from './tree.ts';

/** Formats the inspection of a signature as notation does: a tree below its digest. */
export function signatureNode(signature: SignatureInspection): TreeNode {
  if ('error' in signature) {
    const { code, message } = signature.error;
    return {
      text: signature.digest,
      children: [pair('error', `${message} [${code}]`), pair('to do', nextStepOf(signature.error))],
    };
  }
  return { text: signature.digest, children: inspectionNodes(signature) };
}

/** Formats what a signature envelope contains. */
export function inspectionNodes(inspection: BlobInspection): TreeNode[] {
  const { mediaType, signatureAlgorithm, unsignedAttributes, certificates, signedArtifact } = inspection;
  return [
    pair('media type', mediaType),
    pair('signature algorithm', signatureAlgorithm),
    branch('signed attributes', signedAttributeNodes(inspection.signedAttributes)),
    branch('user defined attributes', userAttributeNodes(inspection.userDefinedAttributes)),
    branch('unsigned attributes', unsignedAttributeNodes(unsignedAttributes)),
    branch('certificates', certificates.map(certificateNode)),
    branch('signed artifact', [
      pair('media type', signedArtifact.mediaType),
      pair('digest', signedArtifact.digest),
      pair('size', String(signedArtifact.size)),
    ]),
  ];
}

function signedAttributeNodes({
  signingScheme = '',
  signingTime = '',
  expiry,
  ...extended
}: Record<string, string>) {
  return [
    pair('signingScheme', signingScheme),
    pair('signingTime', ansiTime(signingTime)),
    ...(expiry === undefined ? [] : [pair('expiry', ansiTime(expiry))]),
    ...Object.entries(extended).map(([key, value]) => pair(key, value)),
  ];
}

function userAttributeNodes(attributes: Record<string, string>): TreeNode[] {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? [{ text: '(empty)' }] : entries.map(([key, value]) => pair(key, value));
}

function unsignedAttributeNodes({ signingAgent, timestampSignature }: BlobInspection['unsignedAttributes']) {
  const nodes: TreeNode[] = signingAgent === undefined ? [] : [pair('signingAgent', signingAgent)];
  if (!timestampSignature) return nodes;
  const children =
    'error' in timestampSignature
      ? [pair('error', timestampSignature.error.message)]
      : [
          pair('timestamp', timestampSignature.timestamp),
          branch('certificates', timestampSignature.certificates.map(certificateNode)),
        ];
  return [...nodes, branch('timestamp signature', children)];
}

function certificateNode({ SHA256Fingerprint, issuedTo, issuedBy, expiry }: InspectedCertificate): TreeNode {
  return branch(`SHA256 fingerprint: ${SHA256Fingerprint}`, [
    pair('issued to', issuedTo),
    pair('issued by', issuedBy),
    pair('expiry', ansiTime(expiry)),
  ]);
}

function pair(name: string, value: string): TreeNode {
  return { text: `${name}: ${value}` };
}

function branch(text: string, children: readonly TreeNode[]): TreeNode {
  return { text, children };
}

/** Formats an RFC 3339 time in UTC as C does: `Sat Nov 28 01:42:20 2026`. */
function ansiTime(time: string): string {
  const [day, date = '', month, year, clock] = new Date(time).toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${clock} ${year}`;
}
