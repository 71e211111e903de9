/** Facts that differ between AWS partitions. */
export type Partition = {
  /** The second part of an ARN. */
  readonly name: string;
  readonly dnsSuffix: string;
  /** The domain of the console; null if AWS does not publish it. */
  readonly console: string | null;
  /** The Region in which CloudTrail records calls to a global service. */
  readonly recordedIn: Readonly<Record<GlobalService, string>>;
  readonly regions: readonly string[];
};

export type GlobalService = 'iam' | 'organizations';

export const isGlobal = (service: string): service is GlobalService =>
  service === 'iam' || service === 'organizations';

/**
 * Sources: names, suffixes and Regions are those of the AWS SDK, which test/aws/partitions.test.ts compares. Where calls are recorded:
 * AWS Organizations User Guide, "Logging API calls with CloudTrail"; AWS GovCloud (US) User Guide; Amazon Web Services in China, "IAM" and
 * "Organizations"; elsewhere the SDK's Region for global endpoints. Consoles: the documentation of each partition.
 */
export const partitions: readonly Partition[] = [
  {
    name: 'aws',
    dnsSuffix: 'amazonaws.com',
    console: 'console.aws.amazon.com',
    recordedIn: { iam: 'us-east-1', organizations: 'us-east-1' },
    regions: [
      'af-south-1',
      'ap-east-1',
      'ap-east-2',
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-northeast-3',
      'ap-south-1',
      'ap-south-2',
      'ap-southeast-1',
      'ap-southeast-2',
      'ap-southeast-3',
      'ap-southeast-4',
      'ap-southeast-5',
      'ap-southeast-6',
      'ap-southeast-7',
      'ca-central-1',
      'ca-west-1',
      'eu-central-1',
      'eu-central-2',
      'eu-north-1',
      'eu-south-1',
      'eu-south-2',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'il-central-1',
      'me-central-1',
      'me-south-1',
      'me-west-1',
      'mx-central-1',
      'sa-east-1',
      'sa-west-1',
      'us-east-1',
      'us-east-2',
      'us-west-1',
      'us-west-2',
    ],
  },
  {
    name: 'aws-us-gov',
    dnsSuffix: 'amazonaws.com',
    console: 'console.amazonaws-us-gov.com',
    recordedIn: { iam: 'us-gov-west-1', organizations: 'us-gov-west-1' },
    regions: ['us-gov-east-1', 'us-gov-west-1'],
  },
  {
    name: 'aws-cn',
    dnsSuffix: 'amazonaws.com.cn',
    console: 'console.amazonaws.cn',
    recordedIn: { iam: 'cn-north-1', organizations: 'cn-northwest-1' },
    regions: ['cn-north-1', 'cn-northwest-1'],
  },
  {
    name: 'aws-eusc',
    dnsSuffix: 'amazonaws.eu',
    console: 'console.amazonaws-eusc.eu',
    recordedIn: { iam: 'eusc-de-east-1', organizations: 'eusc-de-east-1' },
    regions: ['eusc-de-east-1'],
  },
  {
    name: 'aws-iso',
    dnsSuffix: 'c2s.ic.gov',
    console: null,
    recordedIn: { iam: 'us-iso-east-1', organizations: 'us-iso-east-1' },
    regions: ['us-iso-east-1', 'us-iso-west-1'],
  },
  {
    name: 'aws-iso-b',
    dnsSuffix: 'sc2s.sgov.gov',
    console: null,
    recordedIn: { iam: 'us-isob-east-1', organizations: 'us-isob-east-1' },
    regions: ['us-isob-east-1', 'us-isob-west-1'],
  },
  {
    name: 'aws-iso-e',
    dnsSuffix: 'cloud.adc-e.uk',
    console: null,
    recordedIn: { iam: 'eu-isoe-west-1', organizations: 'eu-isoe-west-1' },
    regions: ['eu-isoe-west-1'],
  },
  {
    name: 'aws-iso-f',
    dnsSuffix: 'csp.hci.ic.gov',
    console: null,
    recordedIn: { iam: 'us-isof-south-1', organizations: 'us-isof-south-1' },
    regions: ['us-isof-east-1', 'us-isof-south-1'],
  },
];

export const partitionIn = (region: string): Partition | undefined =>
  partitions.find(({ regions }) => regions.includes(region));

/** The partition of a Region. The configuration refuses unknown Regions; an unknown Region from another source counts as `aws`. */
export const partitionOf = (region: string): string => partitionIn(region)?.name ?? 'aws';

/** The Region of a partition in which calls to a global service are recorded. */
export const recordedIn = (service: GlobalService, region: string): string =>
  (partitionIn(region) ?? (partitions[0] as Partition)).recordedIn[service];

/** The syntax of a Region name, known or not. */
export const regionPattern = '[a-z]{2,8}(?:-[a-z]+)+-\\d+';

export const isRegion = (text: string): boolean => new RegExp(`^${regionPattern}$`).test(text);

/** The Regions in which a service's calls about trails of these home Regions are recorded. */
export function regionsOf(eventSource: string, homeRegions: readonly string[]): readonly string[] {
  const [service = ''] = eventSource.split('.');
  return [
    ...new Set(
      isGlobal(service) ? homeRegions.map((home) => recordedIn(service, home)) : homeRegions,
    ),
  ];
}
