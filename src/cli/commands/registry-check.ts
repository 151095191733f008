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
    'Find out what a registry supports: how signatures are listed, whether they can be stored, deleted and found again. It only reads, unless --write is given.',
  operands: [{ name: 'reference' }],
  flags: {
    write: { kind: 'switch', summary: 'store a probe in the repository, and remove it' },
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
    else terminal.print(table(['CAPABILITY', 'STATUS', 'WHY'], rowsOf(check)));
    const { probe } = check;
    if (probe && !probe.removed)
      terminal.warn(`these manifests of the probe are left: ${probe.manifests.join(', ')}`);
    return EXIT.success;
  },
});

function rowsOf(check: RegistryCheck): string[][] {
  const { referrers, artifactTypeManifests, deletion, resumableUploads, listsReferrers } = check;
  return [
    ['list of signatures', referrers === 'api' ? 'referrers API' : 'referrers tag', ''],
    row('manifests with artifactType', artifactTypeManifests),
    row('deletion', deletion),
    row('resumable uploads', resumableUploads),
    row('signatures listed again', listsReferrers),
  ];
}

function row(name: string, { status, reason }: Capability): string[] {
  return [name, status, reason ? `${reason.message} [${reason.code}]` : ''];
}
