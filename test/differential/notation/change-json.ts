import type { Random } from './random.ts';

/** JSON with its members in order, some perhaps twice, and text that JSON.stringify would not write. */
type Node = { members: Member[] } | { items: Node[] } | { text: string };
interface Member {
  /** The name as it is written, with its quotes. */
  name: string;
  value: Node;
}

/** Values for any field, as they are written. */
const VALUES = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1',
    '-1',
    '528',
    '528.0',
    '5.28e2',
    '528.5',
    '1e400',
    '0528',
    '+1',
  ],
  ...[
    '9007199254740993',
    '99999999999999999999',
    '""',
    '"x"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\x"',
    '[]',
    '{}',
    '[[]]',
  ],
  ...['[""]', '[null]', '{"a":"b"}', '"PS256"', '"ES256"', '"ES384"', '"RS256"', '"none"', '"es256"'],
  ...[
    '"2024-05-06T07:08:09Z"',
    '"2024-05-06T07:08:09.5Z"',
    '"2024-05-06T07:08:09+00:00"',
    '"2024-05-06T07:08:09-00:00"',
  ],
  ...['"2024-05-06t07:08:09z"', '"2024-05-06 07:08:09Z"', '"0001-01-01T00:00:00Z"', '"0000-01-01T00:00:00Z"'],
  ...['"9999-12-31T23:59:59Z"', '"2024-05-06T07:08:60Z"', '"2024-02-30T00:00:00Z"', '"2024-05-06T24:00:00Z"'],
  ...[
    '"2090-05-06T07:08:09Z"',
    '"2024-05-06T7:08:09Z"',
    '"2024-05-06T07:08:09,5Z"',
    '"2024-05-06"',
    '1714979289',
  ],
  ...['"notary.x509"', '"notary.x509.signingAuthority"', '"notary.X509"', '["io.cncf.notary.signingScheme"]'],
  ...['["io.cncf.notary.signingScheme","io.cncf.notary.expiry"]', '["io.cncf.notary.signingScheme","a"]'],
  ...['["io.cncf.notary.signingScheme","io.cncf.notary.authenticSigningTime"]', '["alg"]', '["crit"]'],
  ...['"application/vnd.cncf.notary.payload.v1+json"', '"application/vnd.cncf.notary.payload.v1+JSON"'],
];
const NAMES = [
  ...['alg', 'crit', 'cty', 'typ', 'b64', 'jwk', 'kid', 'x5c', 'payload', 'protected', 'header', 'signature'],
  ...[
    'signatures',
    'a',
    '',
    '__proto__',
    'targetArtifact',
    'mediaType',
    'digest',
    'size',
    'annotations',
    'urls',
  ],
  ...['data', 'platform', 'artifactType', 'io.cncf.notary.signingScheme', 'io.cncf.notary.signingTime'],
  ...['io.cncf.notary.authenticSigningTime', 'io.cncf.notary.expiry', 'io.cncf.notary.timestampSignature'],
  ...['io.cncf.notary.signingAgent', 'io.cncf.notary.verificationPlugin', 'io.cncf.notary.unknown'],
];
const TRAILERS = ['x', '{}', ' ', '\n', '\u0000', ',', '//', '\ufeff'];

/** Changes a JSON document: one or two changes of members and values, or of the text around them. */
export function changeJson(json: string, random: Random): string {
  if (random.percent(5)) return around(json, random);
  const root = parse(JSON.parse(json));
  for (let left = random.pick([1, 1, 1, 2]); left > 0; left--) change(root, random);
  return write(root);
}

function around(json: string, random: Random): string {
  const extra = random.pick(TRAILERS);
  return random.percent(60) ? json + extra : extra + json;
}

function change(root: Node, random: Random): void {
  const all = [...each(root)];
  const objects = all.filter((node) => 'members' in node);
  const { members } = random.pick(objects);
  const index = random.below(members.length || 1);
  const member = members[index];
  switch (random.below(8)) {
    case 0:
      members.splice(index, 1);
      return;
    case 1:
      if (member)
        members.splice(index, 0, {
          name: member.name,
          value: random.percent(50) ? member.value : anyValue(random),
        });
      return;
    case 2:
      members.splice(random.below(members.length + 1), 0, {
        name: JSON.stringify(random.pick(NAMES)),
        value: anyValue(random),
      });
      return;
    case 3:
      if (member) member.name = otherName(member.name, random);
      return;
    case 4:
      members.splice(index, 2, ...members.slice(index, index + 2).reverse());
      return;
    case 5: {
      const lists = all.filter((node) => 'items' in node);
      if (lists.length === 0) return;
      const { items } = random.pick(lists);
      const at = random.below(items.length + 1);
      if (random.percent(40)) items.splice(at, 1);
      else items.splice(at, 0, random.percent(50) && items[0] ? items[0] : anyValue(random));
      return;
    }
    case 6:
      if (member && 'text' in member.value) member.value = { text: otherText(member.value.text, random) };
      return;
    default:
      if (member) member.value = anyValue(random);
  }
}

function anyValue(random: Random): Node {
  return { text: random.pick(VALUES) };
}

function otherName(written: string, random: Random): string {
  const name: string = JSON.parse(written);
  const first = name.slice(0, 1);
  const choices = [
    () => JSON.stringify(random.pick(NAMES)),
    () => JSON.stringify(name.toUpperCase()),
    () => JSON.stringify(first.toUpperCase() + name.slice(1)),
    () => JSON.stringify(name.replace('s', '\u017f').replace('k', '\u212a')),
    () => JSON.stringify(`${name} `),
    () => `"\\u00${first.charCodeAt(0).toString(16).padStart(2, '0').slice(-2)}${name.slice(1)}"`,
  ];
  return random.pick(choices)();
}

/** The same value in other words, or a value that is close to it. */
function otherText(text: string, random: Random): string {
  if (!text.startsWith('"'))
    return random.pick([
      `${text}.0`,
      `${text}e0`,
      `-${text}`,
      `"${text}"`,
      `0${text}`,
      ` ${text} `,
      `${text}1`,
    ]);
  const content = text.slice(1, -1);
  const at = random.below(content.length || 1);
  const choices = [
    `"${content.toUpperCase()}"`,
    `"${content} "`,
    `"${content}\\n"`,
    `"${content}="`,
    `"${content.slice(0, at)}${content.slice(at + 1)}"`,
    `"${content.slice(0, at)}\\n${content.slice(at)}"`,
    `"${content.slice(0, at)} ${content.slice(at)}"`,
    `"${content.replace(/-/g, '+').replace(/_/g, '/')}"`,
    `"${content.slice(0, at)}\\u0041${content.slice(at + 1)}"`,
    `[${text}]`,
  ];
  return random.pick(choices);
}

function parse(value: unknown): Node {
  if (Array.isArray(value)) return { items: value.map(parse) };
  if (typeof value !== 'object' || value === null) return { text: JSON.stringify(value) };
  const members = Object.entries(value).map(([name, one]) => ({
    name: JSON.stringify(name),
    value: parse(one),
  }));
  return { members };
}

function write(node: Node): string {
  if ('text' in node) return node.text;
  if ('items' in node) return `[${node.items.map(write).join(',')}]`;
  return `{${node.members.map(({ name, value }) => `${name}:${write(value)}`).join(',')}}`;
}

function* each(node: Node): Generator<Node> {
  yield node;
  if ('items' in node) for (const item of node.items) yield* each(item);
  if ('members' in node) for (const { value } of node.members) yield* each(value);
}
