import type { Values } from '../../cli/flags.ts';
import { lazy } from '../../encoding/lazy.ts';
import { argumentInvalid } from '../../errors/notation-error.ts';
import type { AwsCredentials } from '../../net/sigv4.ts';
import { assumeAwsRole } from './aws.ts';
import { requestAzureToken } from './azure.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { googleAudience, requestGoogleToken } from './google.ts';
import type { IDENTITY_FLAGS } from './identity-flags.ts';
import { requestIdentityToken } from './identity-token.ts';
import { logInToVault } from './vault.ts';

/** Exchanges the identity token of the job, once for each service; a service that no input names has no function. */
export interface JobIdentity {
  aws?: () => Promise<AwsCredentials>;
  /** @param scope - What the token is for. */
  azure?: (scope: string) => Promise<string>;
  google?: () => Promise<string>;
  vault?: () => Promise<string>;
}

const AWS_AUDIENCE = 'sts.amazonaws.com';
const AZURE_AUDIENCE = 'api://AzureADTokenExchange';

/**
 * Reads which services trust the identity of the job. Nothing is requested yet.
 * @throws NotationError `ERR_ARGUMENT_INVALID`
 */
export function createJobIdentity(
  values: Values<typeof IDENTITY_FLAGS>,
  context: ExchangeContext,
): JobIdentity {
  const {
    'aws-role': awsRole,
    'azure-tenant': tenant,
    'azure-client': client,
    'google-provider': provider,
    'google-account': account,
    'vault-role': role,
    'vault-auth': auth = 'jwt',
    'oidc-audience': audience,
  } = values;
  if ((tenant === undefined) !== (client === undefined))
    throw argumentInvalid('azure_tenant and azure_client must be given together');
  if (account !== undefined && provider === undefined)
    throw argumentInvalid('google_account needs google_provider');
  const tokenFor = (standard?: string) => requestIdentityToken(audience ?? standard, context);
  return {
    ...(awsRole !== undefined && {
      aws: lazy(async () => assumeAwsRole(awsRole, await tokenFor(AWS_AUDIENCE), context)),
    }),
    ...(tenant !== undefined &&
      client !== undefined && {
        azure: async (scope) =>
          requestAzureToken({ tenant, client }, scope, await tokenFor(AZURE_AUDIENCE), context),
      }),
    ...(provider !== undefined && {
      google: lazy(async () =>
        requestGoogleToken({ provider, account }, await tokenFor(googleAudience(provider)), context),
      ),
    }),
    ...(role !== undefined && {
      vault: lazy(async () => logInToVault({ role, auth }, await tokenFor(), context)),
    }),
  };
}
