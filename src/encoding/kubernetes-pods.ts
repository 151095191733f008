/** A kind of Kubernetes object that has a pod or a template of one. */
export interface PodKind {
  /** The API group; empty for the core API. */
  readonly group: string;
  readonly kind: string;
  /** The members that lead to the specification of the pod. */
  readonly path: readonly string[];
}

const TEMPLATE = ['spec', 'template', 'spec'];

/** The kinds of Kubernetes itself that have a pod. */
export const POD_KINDS: readonly PodKind[] = [
  { group: '', kind: 'Pod', path: ['spec'] },
  { group: '', kind: 'PodTemplate', path: ['template', 'spec'] },
  { group: '', kind: 'ReplicationController', path: TEMPLATE },
  { group: 'apps', kind: 'ReplicaSet', path: TEMPLATE },
  { group: 'apps', kind: 'Deployment', path: TEMPLATE },
  { group: 'apps', kind: 'StatefulSet', path: TEMPLATE },
  { group: 'apps', kind: 'DaemonSet', path: TEMPLATE },
  { group: 'batch', kind: 'Job', path: TEMPLATE },
  { group: 'batch', kind: 'CronJob', path: ['spec', 'jobTemplate', ...TEMPLATE] },
];

/** The lists of containers in a pod, and what each contains. */
export const CONTAINER_LISTS = [
  ['initContainers', 'init container'],
  ['containers', 'container'],
  ['ephemeralContainers', 'ephemeral container'],
] as const;
