import { NotationError } from '../../errors/notation-error.ts';
import { writeBlobTrustPolicy, writeTrustPolicy } from '../../node/config/write-trust-policy.ts';
import { createBlobTrustPolicy, createTrustPolicy } from '../../policy/tools/create.ts';
import { usageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { dialectOf, oneOf, POLICY_FLAGS } from '../options/policy.ts';
import { policyExists } from '../options/policy-file.ts';

const LEVELS = ['strict', 'permissive', 'audit', 'skip'] as const;

export const command = defineCommand({
  description: 'Write a trust policy with one statement into the configuration.',
  operands: [],
  flags: {
    name: { kind: 'text', short: 'n', value: 'name', summary: 'the name of the statement' },
    'trust-store': { kind: 'list', value: 'type:name', summary: 'a trust store, such as ca:acme' },
    'trusted-identity': {
      kind: 'list',
      value: 'identity',
      summary:
        'who may sign, such as "x509.subject: C=US, ST=WA, O=Acme", or "*" for anyone below the trust stores',
    },
    'registry-scope': {
      kind: 'list',
      value: 'scope',
      summary: 'a repository, such as registry.example.com/app; all by default',
    },
    level: { kind: 'text', value: 'level', choices: LEVELS, summary: 'how strict to be; strict by default' },
    global: { kind: 'switch', summary: 'with --blob: apply it where no policy is named' },
    force: { kind: 'switch', summary: 'replace an existing trust policy' },
    ...POLICY_FLAGS,
  },
  examples: [
    {
      title: 'Trust one signer for one repository',
      line: 'policy init --name app --registry-scope registry.example.com/app --trust-store ca:acme --trusted-identity "x509.subject: C=US, ST=WA, O=Acme"',
    },
    {
      title: 'The same for blobs',
      line: 'policy init --blob --global --name files --trust-store ca:acme --trusted-identity "*"',
    },
  ],
  async run({ values, terminal }) {
    const { name, 'trust-store': trustStores, 'trusted-identity': trustedIdentities, blob, force } = values;
    if (name === undefined) throw usageError('--name is missing: the name of the statement', 'policy init');
    if (!force && (await policyExists(blob))) {
      throw new NotationError('ERR_ARGUMENT_INVALID', 'there is already a trust policy', {
        nextStep: 'Use --force to replace it, or add the statement to it with `notarykit policy merge`.',
      });
    }
    const options = { dialect: dialectOf(values.dialect) };
    const level = oneOf(LEVELS, values.level);
    const statement = { name, level, ...(level !== 'skip' && { trustStores, trustedIdentities }) };
    const { 'registry-scope': scopes } = values;
    const registryScopes = scopes.length > 0 ? scopes : ['*'];
    const writing = { ...options, overwrite: force };
    if (blob) {
      const globalPolicy = values.global ? { globalPolicy: true } : {};
      await writeBlobTrustPolicy(
        createBlobTrustPolicy([{ ...statement, ...globalPolicy }], options),
        writing,
      );
    } else {
      await writeTrustPolicy(createTrustPolicy([{ ...statement, registryScopes }], options), writing);
    }
    terminal.print(
      `Successfully initialized the ${blob ? 'blob ' : ''}trust policy with the statement "${name}".`,
    );
    return EXIT.success;
  },
});
