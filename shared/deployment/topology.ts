import { partitionOf, recordedIn } from '#aws/partitions.ts';
import { type AccountRegion, names } from '#aws/resource-names.ts';
import type { Deployment } from './config.ts';

/** The accounts and Regions that trailkeeper is deployed to. */
export type Topology = {
  readonly account: string;
  /** The main Region: that of the functions, the table and the bus. */
  readonly region: string;
  readonly homeRegions: readonly string[];
  /** Their calls about the trails are recorded in their own accounts, not in `account`. */
  readonly delegatedAdministrators: readonly string[];
  /** The name of the Slack secret, if it is not the stack's own. */
  readonly secret?: string;
  /** The ID of the KMS key that signs. */
  readonly signingKey?: string;
  /** The IDs of the event source mappings. */
  readonly mappings?: readonly string[];
};

export function topologyOf(deployment: Deployment): Topology {
  const { account, region, homeRegions, organization, signing, slack } = deployment;
  return {
    account,
    region,
    homeRegions,
    delegatedAdministrators: organization?.delegatedAdministrators ?? [],
    ...(signing.key && { signingKey: signing.key.split('/').at(-1) ?? '' }),
    ...(slack?.secret && { secret: secretName(slack.secret) }),
  };
}

/** Secrets Manager appends `-` and six characters to the name in the ARN. */
const secretName = (arn: string): string =>
  arn
    .split(':')
    .at(-1)
    ?.replace(/-\w{6}$/, '') ?? arn;

/** The role that sends events to the bus. Its name has the Region because IAM roles are global. */
export const forwardRole = (region: string): string => `${names.stack}-Forward-${region}`;

/** The ARNs of resources in the main Region. */
export function arnsOf({ account, region }: AccountRegion) {
  const arn = (service: string, resource: string): string =>
    `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;
  return {
    bus: arn('events', `event-bus/${names.bus}`),
    sweep: arn('lambda', `function:${names.sweep}`),
    remediate: arn('lambda', `function:${names.remediate}`),
    selfCheck: arn('lambda', `function:${names.selfCheck}`),
    alert: arn('lambda', `function:${names.alert}`),
    backfill: arn('lambda', `function:${names.backfill}`),
    audit: arn('lambda', `function:${names.audit}`),
    table: arn('dynamodb', `table/${names.table}`),
    alarms: arn('sns', names.alarms),
    lightChecks: arn('sqs', names.lightChecks),
  };
}

export const queueArn = ({ account, region }: AccountRegion): string =>
  `arn:${partitionOf(region)}:sqs:${region}:${account}:${names.deadLetters}`;

/** Where rules receive events: the main account and Region first, then every one that forwards its events there. */
export function accountRegionsOf(
  topology: Topology,
): readonly [main: AccountRegion, ...forwarders: AccountRegion[]] {
  const { account, region: main, homeRegions, delegatedAdministrators } = topology;
  const others = new Set([
    ...homeRegions,
    recordedIn('iam', main),
    recordedIn('organizations', main),
  ]);
  others.delete(main);
  return [
    { account, region: main },
    ...[...others].map((region) => ({ account, region })),
    ...delegatedAdministrators.flatMap((delegate) =>
      homeRegions.map((region) => ({ account: delegate, region })),
    ),
  ];
}

/** The ID and name of the stack in an account and Region. */
export function stackOf(at: AccountRegion, { account, region }: Topology): string {
  if (at.account !== account) return `${names.stack}-Forwarder-${at.account}-${at.region}`;
  return at.region === region ? names.stack : `${names.stack}-Forwarder-${at.region}`;
}
