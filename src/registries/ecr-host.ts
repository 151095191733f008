import { partitionOfRegion } from '../net/aws-partitions.ts';

/** A private registry of Amazon ECR, by its host. */
export interface EcrRegistry {
  /** The 12 digits of the account. */
  account: string;
  region: string;
  /** The host of the API that issues tokens for it; `undefined` in an unknown partition. */
  api: string | undefined;
}

const HOST = /^(\d{12})\.dkr([.-])ecr(-fips)?\.([a-z0-9-]{1,64})\.([a-z0-9.-]{1,190})$/;
/** The suffixes of registries over IPv4 and IPv6, by the partition. */
const DUAL_STACK: Readonly<Record<string, string>> = {
  aws: 'on.aws',
  'aws-us-gov': 'on.aws',
  'aws-cn': 'on.amazonwebservices.com.cn',
};

/**
 * Reads the host of a registry: `<account>.dkr.ecr.<region>.<suffix>`, for FIPS `dkr.ecr-fips`, over IPv4 and IPv6
 * `dkr-ecr` or `dkr-ecr-fips` with a suffix of its own. Each has an API with the same properties.
 * @returns `undefined` for a host of another form.
 */
export function readEcrHost(host: string): EcrRegistry | undefined {
  const [, account, separator, fips = '', region = '', suffix] = HOST.exec(host) ?? [];
  if (account === undefined) return undefined;
  const partition = partitionOfRegion(region);
  const isDualStack = separator === '-';
  if (!partition || suffix !== (isDualStack ? DUAL_STACK[partition.id] : partition.suffix)) {
    return { account, region, api: undefined };
  }
  const name = isDualStack || fips ? `ecr${fips}` : 'api.ecr';
  const apiSuffix = isDualStack ? partition.dualStackSuffix : partition.suffix;
  return { account, region, api: `${name}.${region}.${apiSuffix}` };
}
