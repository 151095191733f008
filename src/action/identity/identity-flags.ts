import type { Flags } from '../../cli/flags.ts';

/** Inputs that name who the identity token of the job is exchanged for. */
export const IDENTITY_FLAGS = {
  'aws-role': {
    kind: 'text',
    value: 'arn',
    summary: 'the role of AWS that the job assumes, for AWS KMS and Amazon ECR; $AWS_REGION names the region',
  },
  'azure-tenant': {
    kind: 'text',
    value: 'id',
    summary: 'the tenant of azure_client',
  },
  'azure-client': {
    kind: 'text',
    value: 'id',
    summary:
      'the application of Microsoft Entra with a federated credential for the job, for Azure Key Vault and Azure Container Registry',
  },
  'google-provider': {
    kind: 'text',
    value: 'name',
    summary:
      'the workload identity provider, projects/…/locations/global/workloadIdentityPools/…/providers/…, for Google Cloud KMS and Artifact Registry',
  },
  'google-account': {
    kind: 'text',
    value: 'email',
    summary: 'the service account of Google Cloud that the job impersonates; none by default',
  },
  'vault-role': {
    kind: 'text',
    value: 'name',
    summary: 'the role of the JWT auth method of HashiCorp Vault at $VAULT_ADDR',
  },
  'vault-auth': {
    kind: 'text',
    value: 'path',
    summary: 'where the JWT auth method of Vault is mounted; jwt by default',
  },
  'oidc-audience': {
    kind: 'text',
    value: 'audience',
    summary: 'the audience of the identity token; that of the service by default',
  },
} as const satisfies Flags;
