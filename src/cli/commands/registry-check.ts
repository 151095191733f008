import { createHttpTransport } from '../../node/http-transport.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Capability, RegistryCheck } from '../../oci/registry/capabilities.ts';
import { checkRegistry } from '../../oci/registry/check-registry.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { DATA_FLAGS } from '../options/output.ts';
import { openConfig, REGISTRY_FLAGS, registryOptions } from '../options/registry.ts';
import { table } from '../terminal.ts';

export const command = defineCommand({
  description:
    'Find out what a registry supports: how signatures are listed, whether they can be stored, deleted and found again. It only reads, unless --write is given. Use a scratch repository for --write: where deletion is disabled, the probe and its fallback tag sha256-… stay.',
  operands: [{ name: 'reference' }],
  flags: {
    write: {
      kind: 'switch',
      summary: 'store a probe in the repository, and remove it if the registry allows that',
    },
    ...DATA_FLAGS,
    ...REGISTRY_FLAGS,
  },
  examples: [
    {
      title: 'How does a registry list the signatures of an image?',
      line: 'registry check registry.example.com/app:v1',
    },
    {
      title: 'Can signatures be stored and deleted?',
      line: 'registry check --write registry.example.com/scratch',
    },
  ],
  async run({ values, operands: [text = ''], terminal }) {
    const reference = parseReference(text);
    const own = await registryOptions(values, [reference], terminal);
    const { credentials, insecureRegistries } = await openConfig({ registry: own });
    const check = await checkRegistry(reference, {
      credentials,
      plainHttp: own.plainHttp ?? insecureRegistries,
      transport: createHttpTransport(),
      write: values.write,
      signal: terminal.signal,
    });
    if (values.output === 'json') terminal.print(JSON.stringify(check, null, 2));
    else terminal.print(table(['CAPABILITY', 'STATUS', 'WHY'], rowsOf(check, values.write)));
    const { probe } = check;
    if (probe && !probe.removed)
      terminal.warn(`these manifests of the probe are left: ${probe.manifests.join(', ')}`);
    return EXIT.success;
  },
});

function rowsOf(check: RegistryCheck, isProbed: boolean): string[][] {
  const { referrers, artifactTypeManifests, deletion, resumableUploads, listsReferrers } = check;
  return [
    [
      'list of signatures',
      ...(referrers === 'api' ? ['referrers API', ''] : ['fallback tag', 'no referrers API']),
    ],
    row('manifests with artifactType', artifactTypeManifests, 'only --write can tell'),
    row('deletion', deletion, 'only --write can tell'),
    row('resumable uploads', resumableUploads, 'only --write can tell'),
    row('signatures listed again', listsReferrers, 'only --write or a signed image can tell'),
  ];

  function row(name: string, { status, reason }: Capability, whyUntried: string): string[] {
    if (reason) return [name, status, `${reason.message} [${reason.code}]`];
    return [name, status, status === 'unknown' && !isProbed ? whyUntried : ''];
  }
}
