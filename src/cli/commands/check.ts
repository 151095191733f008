import { createVerifier } from '../../verify.ts';
import { defineCommand } from '../command.ts';
import { evaluateAndPrint } from '../evaluation.ts';
import type { Flags } from '../flags.ts';
import { findImagesIn, parsedReferences, withoutImages } from '../options/images.ts';
import { VERDICT_FLAGS } from '../options/output.ts';
import { dialectOf } from '../options/policy.ts';
import { openConfig, REGISTRY_FLAGS, registryOptions } from '../options/registry.ts';
import { VERIFICATION_FLAGS } from '../options/verification.ts';

/** What a file without a tag means, in Kubernetes and in Docker. */
export const DEFAULT_TAG = 'latest';

/** Flags about the files, and how many images they name. */
export const FILES_FLAGS = {
  concurrency: {
    kind: 'count',
    value: 'count',
    summary: 'how many images to verify at a time; 8 by default',
  },
  variables: { kind: 'pairs', value: 'name=value', summary: 'values of variables of compose files' },
  'build-arg': { kind: 'pairs', value: 'name=value', summary: 'build arguments of Dockerfiles' },
} as const satisfies Flags;

export const command = defineCommand({
  description:
    'Verify every image that files name: Kubernetes manifests, compose files, Dockerfiles, and lists with a reference on each line. What cannot be read or resolved is reported as well.',
  operands: [{ name: 'file', several: true }],
  flags: {
    ...VERIFICATION_FLAGS,
    ...VERDICT_FLAGS,
    ...FILES_FLAGS,
    ...REGISTRY_FLAGS,
  },
  examples: [
    { title: 'Verify the images of a deployment', line: 'check deployment.yaml' },
    { title: 'In GitHub Actions, with annotations', line: 'check -o github k8s/*.yaml Dockerfile' },
    { title: 'What a chart is rendered to', line: 'check - < rendered.yaml' },
  ],
  async run({ values, operands: paths, terminal }) {
    const found = await findImagesIn(paths, values, terminal.stdin);
    const images = found.length > 0 ? found : withoutImages(paths);
    const config = await openConfig({
      dialect: dialectOf(values.dialect),
      registry: await registryOptions(values, parsedReferences(images), terminal),
    });
    const limits = { signatures: values['max-signatures'] };
    const verifier = createVerifier({ ...config, limits, defaultTag: DEFAULT_TAG });
    const options = {
      concurrency: values.concurrency,
      userMetadata: values['user-metadata'],
      pluginConfig: values['plugin-config'],
      platforms: values.platform,
    };
    return evaluateAndPrint({ verifier, images, options, output: values.output }, terminal);
  },
});
