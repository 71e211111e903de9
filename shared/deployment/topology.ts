import { partitionOf, recordedIn } from '#aws/partitions.ts';
import { type AccountRegion, names } from '#aws/resource-names.ts';

/** Where trailkeeper is deployed: the account and main Region of the guard, and the places that send it events. */
export type Topology = {
  readonly account: string;
  readonly region: string;
  readonly homeRegions: readonly string[];
  /** Accounts whose calls about the trails are recorded there, and not in `account`. */
  readonly delegatedAdministrators: readonly string[];
  /** The name of Slack's secret, where it is not ours. */
  readonly secret?: string;
  /** The id of the stack's own signing key, where it has one. */
  readonly signingKey?: string;
  /** The id of the event source mapping that hands on the changes of the state table. */
  readonly mapping?: string;
};
/** The role with which a place sends events to the bus: IAM's names are of an account, whatever the Region. */
export const forwardRole = (region: string): string => `${names.stack}-Forward-${region}`;

/** The ARNs that follow from the layout. */
export function arnsOf({ account, region }: Topology) {
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
  };
}

export const queueArn = ({ account, region }: AccountRegion): string =>
  `arn:${partitionOf(region)}:sqs:${region}:${account}:${names.deadLetters}`;

/** Where rules listen: the main Region, first; then every other place whose events are forwarded to it. */
export function accountRegionsOf(
  layout: Topology,
): readonly [main: AccountRegion, ...forwarders: AccountRegion[]] {
  const { account, region: main, homeRegions, delegatedAdministrators } = layout;
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

/** The id and name of the stack of a place. */
export function stackOf(place: AccountRegion, { account, region }: Topology): string {
  if (place.account !== account) return `${names.stack}-Forwarder-${place.account}-${place.region}`;
  return place.region === region ? names.stack : `${names.stack}-Forwarder-${place.region}`;
}
