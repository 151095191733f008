/** A part of AWS with accounts, credentials and DNS suffixes of its own, such as the public one or that of China. */
export interface AwsPartition {
  /** As ARNs name it. */
  id: string;
  /** The names of its regions. */
  regions: RegExp;
  /** The suffix of its services. */
  suffix: string;
  /** The suffix of its services over IPv4 and IPv6. */
  dualStackSuffix: string;
}

const PUBLIC = { suffix: 'amazonaws.com', dualStackSuffix: 'api.aws' };

/** @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
const PARTITIONS: readonly AwsPartition[] = [
  { id: 'aws', regions: /^(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$/, ...PUBLIC },
  { id: 'aws-us-gov', regions: /^us-gov-[a-z]+-\d+$/, ...PUBLIC },
  {
    id: 'aws-cn',
    regions: /^cn-[a-z]+-\d+$/,
    suffix: 'amazonaws.com.cn',
    dualStackSuffix: 'api.amazonwebservices.com.cn',
  },
  {
    id: 'aws-eusc',
    regions: /^eusc-[a-z]+-[a-z]+-\d+$/,
    suffix: 'amazonaws.eu',
    dualStackSuffix: 'api.amazonwebservices.eu',
  },
  {
    id: 'aws-iso',
    regions: /^us-iso-[a-z]+-\d+$/,
    suffix: 'c2s.ic.gov',
    dualStackSuffix: 'api.aws.ic.gov',
  },
  {
    id: 'aws-iso-b',
    regions: /^us-isob-[a-z]+-\d+$/,
    suffix: 'sc2s.sgov.gov',
    dualStackSuffix: 'api.aws.scloud',
  },
  {
    id: 'aws-iso-e',
    regions: /^eu-isoe-[a-z]+-\d+$/,
    suffix: 'cloud.adc-e.uk',
    dualStackSuffix: 'api.cloud-aws.adc-e.uk',
  },
  {
    id: 'aws-iso-f',
    regions: /^us-isof-[a-z]+-\d+$/,
    suffix: 'csp.hci.ic.gov',
    dualStackSuffix: 'api.aws.hci.ic.gov',
  },
];

/** Returns the partition of a region by its name. There is no default: a secret must not go to another partition. */
export function partitionOfRegion(region: string): AwsPartition | undefined {
  return PARTITIONS.find(({ regions }) => regions.test(region));
}

/** Returns the partition that an ARN names. */
export function partitionById(id: string): AwsPartition | undefined {
  return PARTITIONS.find((partition) => partition.id === id);
}
