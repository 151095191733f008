import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { POD_KINDS } from '../../src/encoding/kubernetes-pods.ts';

interface Rule {
  apiGroups: string[];
  operations: string[];
  resources: string[];
}

interface Webhook {
  rules: Rule[];
  failurePolicy: string;
  sideEffects: string;
  matchPolicy: string;
  admissionReviewVersions: string[];
  timeoutSeconds: number;
  namespaceSelector: { matchExpressions: object[] };
}

interface Manifest {
  kind: string;
  metadata: { name: string };
  webhooks: Webhook[];
  rules: object[];
  spec: {
    timeout: number;
    crd: { spec: { names: { kind: string } } };
    match: { kinds: { apiGroups: string[]; kinds: string[] }[]; excludedNamespaces: string[] };
    parameters: { assign: { externalData: object } };
    policyTypes: string[];
    ingress: object[];
    egress: object[];
  };
}

function manifests(name: string): Manifest[] {
  const path = fileURLToPath(new URL(`../../examples/kubernetes/${name}`, import.meta.url));
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
}

const webhooks = manifests('webhooks.yaml').flatMap((document) => document.webhooks);

describe('the manifests of the webhooks', () => {
  it('review every kind that has pods, and ephemeral containers', () => {
    const wanted = POD_KINDS.map(({ group, kind }) => `${group}/${kind.toLowerCase()}s`);
    expect(webhooks).toHaveLength(2);
    for (const { rules } of webhooks) {
      const resources = rules.flatMap((rule) =>
        rule.apiGroups.flatMap((group) => rule.resources.map((resource) => `${group}/${resource}`)),
      );
      expect(resources.sort()).toEqual([...wanted, '/pods/ephemeralcontainers'].sort());
      for (const { operations } of rules) expect(operations).toEqual(['CREATE', 'UPDATE']);
    }
  });

  it('fail closed, leave time for an answer, and say that a dry run has no side effects', () => {
    for (const webhook of webhooks) {
      expect(webhook).toMatchObject({
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      });
      expect(webhook.timeoutSeconds).toBe(3);
    }
  });

  it('exclude kube-system and the namespace of notarykit by a label that nobody can take', () => {
    for (const { namespaceSelector } of webhooks) {
      expect(namespaceSelector.matchExpressions).toEqual([
        { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'notarykit'] },
      ]);
    }
  });
});

describe('the constraint of Gatekeeper', () => {
  const [template, constraint] = manifests('constraint-template.yaml');

  it('matches every kind that has pods', () => {
    const kinds = constraint?.spec.match.kinds.flatMap(({ apiGroups, kinds }) =>
      apiGroups.flatMap((group) => kinds.map((kind) => `${group}/${kind}`)),
    );
    expect(kinds?.sort()).toEqual(POD_KINDS.map(({ group, kind }) => `${group}/${kind}`).sort());
  });

  it('excludes kube-system and the namespaces of what decides', () => {
    expect(constraint?.spec.match.excludedNamespaces).toEqual([
      'kube-system',
      'gatekeeper-system',
      'notarykit',
    ]);
  });

  it('is of the kind that the template defines', () => {
    expect(template?.spec.crd.spec.names.kind).toBe(constraint?.kind);
    expect(template?.metadata.name).toBe(constraint?.kind.toLowerCase());
  });
});

describe('the manifests of the providers', () => {
  it('wait longer than notarykit takes, and pin by a provider of their own', () => {
    const documents = manifests('gatekeeper-provider.yaml');
    const providers = documents.filter(({ kind }) => kind === 'Provider');
    expect(providers.map(({ metadata, spec }) => [metadata.name, spec.timeout])).toEqual([
      ['notarykit', 3],
      ['notarykit-mutate', 3],
    ]);
    for (const { spec } of documents.filter(({ kind }) => kind === 'Assign')) {
      expect(spec.parameters.assign.externalData).toEqual({
        provider: 'notarykit-mutate',
        dataSource: 'ValueAtLocation',
        failurePolicy: 'Fail',
      });
    }
  });
});

describe('the manifests of access', () => {
  const documents = manifests('access.yaml');

  it('let nothing be done but secrets and service accounts be read by name, in one namespace at a time', () => {
    const roles = documents.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    expect(roles.flatMap(({ rules }) => rules)).toEqual([
      { apiGroups: [''], resources: ['secrets', 'serviceaccounts'], verbs: ['get'] },
    ]);
    expect(documents.some(({ kind }) => kind === 'ClusterRoleBinding')).toBe(false);
  });

  it('open one port, and close the metadata service', () => {
    const [spec] = documents.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec);
    expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec?.ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 8443 }] }]);
    expect(JSON.stringify(spec?.egress)).toContain('"except":["169.254.0.0/16"]');
  });
});
