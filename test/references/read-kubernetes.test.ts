import { describe, expect, it } from 'vitest';
import { findReferences } from '../../src/references/index.ts';
import { failure } from '../encoding/failure.ts';

/** Written as one string, it would look like a mistake. */
const VARIABLE = '$'.concat('{IMAGE}');

const references = (text: string) =>
  findReferences(text, { file: 'app.yaml' }).references.map(({ reference, location: { line, column } }) => [
    reference,
    line,
    column,
  ]);
const unresolved = (text: string) =>
  findReferences(text, { file: 'app.yaml' }).unresolved.map(({ usage, reason, location }) => [
    usage,
    reason,
    location.line,
  ]);

const POD = '{ containers: [{ name: app, image: a/app:1 }] }';

describe('a Kubernetes manifest', () => {
  it.each([
    ['v1', 'Pod', `spec: ${POD}`],
    ['v1', 'PodTemplate', `template: { spec: ${POD} }`],
    ['v1', 'ReplicationController', `spec: { template: { spec: ${POD} } }`],
    ['apps/v1', 'Deployment', `spec: { template: { spec: ${POD} } }`],
    ['apps/v1', 'StatefulSet', `spec: { template: { spec: ${POD} } }`],
    ['apps/v1', 'DaemonSet', `spec: { template: { spec: ${POD} } }`],
    ['apps/v1', 'ReplicaSet', `spec: { template: { spec: ${POD} } }`],
    ['batch/v1', 'Job', `spec: { template: { spec: ${POD} } }`],
    ['batch/v1', 'CronJob', `spec: { jobTemplate: { spec: { template: { spec: ${POD} } } } }`],
  ])('names the images of %s %s', (apiVersion, kind, rest) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\n${rest}`;
    expect(references(text)).toEqual([['a/app:1', 3, rest.indexOf('a/app:1') + 1]]);
    expect(unresolved(text)).toEqual([]);
  });

  it('names the images of all containers and of image volumes, with what uses them', () => {
    const text = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  initContainers:
    - name: init
      image: "a/init:1"
  containers:
    - name: app
      image: a/app:1
  ephemeralContainers:
    - name: debug
      image: a/debug:1
  volumes:
    - name: model
      image:
        reference: a/model:1
    - name: plain
      emptyDir: {}
`;
    const found = findReferences(text, { file: 'app.yaml' });
    expect(found.references).toEqual([
      {
        reference: 'a/init:1',
        usage: 'Pod "web", init container "init"',
        location: { file: 'app.yaml', line: 8, column: 14 },
      },
      {
        reference: 'a/app:1',
        usage: 'Pod "web", container "app"',
        location: { file: 'app.yaml', line: 11, column: 14 },
      },
      {
        reference: 'a/debug:1',
        usage: 'Pod "web", ephemeral container "debug"',
        location: { file: 'app.yaml', line: 14, column: 14 },
      },
      {
        reference: 'a/model:1',
        usage: 'Pod "web", volume "model"',
        location: { file: 'app.yaml', line: 18, column: 20 },
      },
    ]);
    expect(found.unresolved).toEqual([]);
  });

  it('may have several documents, empty ones among them', () => {
    const document = `apiVersion: v1\nkind: Pod\nspec: ${POD}\n`;
    expect(references(`${document}---\n---\n# empty\n---\n${document}`).map(([, line]) => line)).toEqual([
      3, 10,
    ]);
  });

  it('may contain lists, of which the items need no kind', () => {
    const pod = `{ apiVersion: v1, kind: Pod, spec: ${POD} }`;
    expect(references(`apiVersion: v1\nkind: List\nitems:\n  - ${pod}\n  - ${pod}\n`)).toHaveLength(2);
    expect(references(`apiVersion: v1\nkind: PodList\nitems:\n  - spec: ${POD}\n`)).toHaveLength(1);
  });

  it('names no image if it is of a built-in kind without pods', () => {
    const text =
      'apiVersion: v1\nkind: ConfigMap\ndata: { image: alpine:3 }\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\n';
    expect(findReferences(text)).toMatchObject({ references: [], unresolved: [] });
  });

  it('names the images of the pods in a custom resource, and reports its other images', () => {
    const text = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web }
spec:
  template:
    spec: ${POD}
  sidecar:
    image: a/sidecar:1
`;
    expect(references(text).map(([reference]) => reference)).toEqual(['a/app:1']);
    expect(unresolved(text)).toEqual([
      ['Rollout "web"', 'it is an image of a kind of object that is not known', 8],
    ]);
  });

  it.each([
    ['a container without an image', '{ containers: [{ name: app }] }', 'it has no image'],
    ['an empty image', '{ containers: [{ name: app, image: "" }] }', 'its image is empty'],
    ['an image that is a number', '{ containers: [{ name: app, image: 1.2 }] }', 'its image is not a string'],
    ['an image that is null', '{ containers: [{ name: app, image: }] }', 'it has no image'],
    ['an image volume without a reference', '{ volumes: [{ name: app, image: {} }] }', 'it has no reference'],
  ])('reports %s', (_, spec, reason) => {
    expect(unresolved(`apiVersion: v1\nkind: Pod\nspec: ${spec}\n`)).toEqual([
      [expect.stringMatching(/^Pod, (container|volume) "app"$/), reason, 3],
    ]);
  });

  it.each(['"{{ .Values.image }}"', '$(IMAGE)', VARIABLE])(
    'reports the image %s, which is a template',
    (image) => {
      const [found] = findReferences(
        `apiVersion: v1\nkind: Pod\nspec: { containers: [{ image: ${image.startsWith('"') ? image : `'${image}'`} }] }`,
      ).unresolved;
      expect(found).toMatchObject({ text: image.replaceAll('"', ''), location: { line: 3 } });
    },
  );

  it('reports a workload without a pod, an object without a kind, and a kustomization', () => {
    expect(unresolved('apiVersion: apps/v1\nkind: Deployment\n')).toEqual([
      ['Deployment', 'it has no spec.template.spec', 1],
    ]);
    expect(unresolved('apiVersion: v1\nspec: {}\n')).toEqual([
      ['a document', 'it is not a Kubernetes object: it has no kind', 1],
    ]);
    expect(unresolved('apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n')).toHaveLength(1);
  });

  it('follows aliases and merge keys', () => {
    const text = `apiVersion: v1
kind: Pod
x: &base
  image: a/base:1
spec:
  containers:
    - &app { name: app, image: a/app:1 }
    - *app
    - { <<: *app, name: other }
    - { <<: [*base, *app], name: third }
    - { <<: *app, image: a/own:1 }
`;
    expect(references(text)).toEqual([
      ['a/app:1', 7, 32],
      ['a/app:1', 7, 32],
      ['a/app:1', 7, 32],
      ['a/base:1', 4, 10],
      ['a/own:1', 11, 26],
    ]);
  });

  it('reports lists in too many lists', () => {
    let list = `{ kind: Pod, spec: ${POD} }`;
    for (let i = 0; i < 12; i++) list = `{ kind: List, items: [${list}] }`;
    expect(unresolved(list)).toEqual([['List', 'it is a list within 10 lists', 1]]);
  });
});

describe('YAML that cannot be read', () => {
  it.each([
    ['a flow that never ends', 'kind: Pod\nspec: { containers: [\n'],
    ['a tab that indents', 'kind: Pod\nspec:\n\tcontainers: []\n'],
    ['a template', 'kind: Pod\nspec:\n  {{- range .Values.all }}\n  containers: []\n'],
    ['a member that is there twice', 'kind: Pod\nspec: { containers: [], "containers": [] }\n'],
    ['an alias without an anchor', 'kind: Pod\nspec: *none\n'],
  ])('rejects %s, with its place', (_, text) => {
    const message = failure(() => findReferences(text, { file: 'app.yaml' }), 'ERR_ENCODING_INVALID');
    expect(message).toMatch(/^"app\.yaml" is not valid YAML at line \d+, column \d+: /);
  });

  it('takes the last anchor before an alias', () => {
    const text =
      'kind: Pod\na: &x { image: "a:1" }\nb: &x { image: "b:1" }\nspec: { containers: [*x] }\nc: &x { image: "c:1" }\n';
    expect(references(text).map(([reference]) => reference)).toEqual(['b:1']);
  });

  it.each([
    ['items of lists', (inner: string) => `{ kind: List, items: [${inner}] }`],
    ['merged mappings', (inner: string) => `{ <<: [${inner}] }`],
  ])('rejects an alias bomb of %s', (_, level) => {
    const levels = Array.from({ length: 8 }, (_, i) => {
      const inner = Array(10).fill(i === 0 ? '{ kind: Pod, spec: {} }' : `*l${i - 1}`);
      return `l${i}: &l${i} ${level(inner.join(', '))}`;
    });
    const text = `kind: List\n${levels.join('\n')}\nitems: [*l7, { kind: Pod, spec: { containers: *l7 } }]\n`;
    failure(() => findReferences(text), 'ERR_LIMIT_EXCEEDED');
  });

  it.each(['[', '{ a: ', '- ', '? '])('rejects "%s" that is nested too deep', (open) => {
    const text = `kind: Pod\nspec:\n  ${open.repeat(5000)}`;
    failure(() => findReferences(text, { kind: 'kubernetes' }), 'ERR_LIMIT_EXCEEDED');
  });

  it('rejects too many documents', () => {
    const text = '--- a\n'.repeat(10_002);
    failure(() => findReferences(text, { kind: 'compose' }), 'ERR_LIMIT_EXCEEDED');
  });
});
