import { givenSecrets } from '#alert/channel-settings.ts';
import { recordedIn } from '#aws/partitions.ts';
import { type AccountRegion, accountOf, arnIn, names, regionOf } from '#aws/resource-names.ts';
import type { Deployment } from './config.ts';

/** The accounts and Regions that trailkeeper is deployed to. */
export type Topology = {
  readonly account: string;
  /** The main Region: that of the functions, the table and the bus. */
  readonly region: string;
  readonly homeRegions: readonly string[];
  /** Their calls about the trails are recorded in their own accounts, not in `account`. */
  readonly delegatedAdministrators: readonly string[];
  /** Other accounts whose dependencies a role of trailkeeper reads, and the Regions from which only they forward events. */
  readonly dependencyAccounts?: readonly ForwardingAccount[];
  /** The names of the channels' secrets that are not the stack's own. */
  readonly secrets?: readonly string[];
  /** The ID of the KMS key that signs. */
  readonly signingKey?: string;
  /** How Slack reaches the function that answers it, if there is one. */
  readonly answersSlack?: 'function-url' | 'own';
  /** Whether there is the stack that recovers events. */
  readonly recovers?: true;
  /** The IDs of the event source mappings. */
  readonly mappings?: readonly string[];
};

type ForwardingAccount = { readonly account: string; readonly regions: readonly string[] };

export function topologyOf(deployment: Deployment): Topology {
  const { account, region, homeRegions, organization, signing, channels, recovery } = deployment;
  const { dependencyAccounts } = deployment;
  const secrets = [...new Set(givenSecrets(channels).map(([, arn]) => secretName(arn)))];
  return {
    account,
    region,
    homeRegions,
    delegatedAdministrators: organization?.delegatedAdministrators ?? [],
    ...(dependencyAccounts.length > 0 && {
      dependencyAccounts: dependencyAccounts.map((one) => ({
        account: one.account,
        regions: dependencyRegions(one.account, deployment),
      })),
    }),
    ...(signing.key && { signingKey: signing.key.split('/').at(-1) ?? '' }),
    ...(channels.slack?.approvers && { answersSlack: channels.slack.endpoint ?? 'function-url' }),
    ...(secrets.length > 0 && { secrets }),
    ...(recovery && { recovers: true }),
  };
}

/**
 * Where the calls to the dependencies in an account are recorded, and those to its role and stack. A delegated administrator already
 * forwards the events of the home Regions.
 */
function dependencyRegions(
  account: string,
  { region, homeRegions, organization, dependencies = [] }: Deployment,
): readonly string[] {
  const named = dependencies
    .filter(({ arn }) => accountOf(arn) === account)
    .flatMap(({ arn }) => regionOf(arn) || []);
  const regions = new Set([region, ...homeRegions, recordedIn('iam', region), ...named]);
  const isDelegate = organization?.delegatedAdministrators.includes(account) ?? false;
  return [...regions].filter((one) => !(isDelegate && homeRegions.includes(one)));
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
  const arn = (service: string, resource: string) => arnIn({ account, region }, service, resource);
  return {
    bus: arn('events', `event-bus/${names.bus}`),
    sweep: arn('lambda', `function:${names.sweep}`),
    remediate: arn('lambda', `function:${names.remediate}`),
    selfCheck: arn('lambda', `function:${names.selfCheck}`),
    alert: arn('lambda', `function:${names.alert}`),
    backfill: arn('lambda', `function:${names.backfill}`),
    audit: arn('lambda', `function:${names.audit}`),
    interact: arn('lambda', `function:${names.interact}`),
    recover: arn('lambda', `function:${names.recover}`),
    recovery: arn('states', `stateMachine:${names.recovery}`),
    table: arn('dynamodb', `table/${names.table}`),
    alarms: arn('sns', names.alarms),
    lightChecks: arn('sqs', names.lightChecks),
  };
}

export const queueArn = (at: AccountRegion): string => arnIn(at, 'sqs', names.deadLetters);

/** Where rules receive events: the main account and Region first, then every one that forwards its events there. */
export const accountRegionsOf = (topology: Topology): AccountRegions => [
  ...deployedTogether(topology),
  ...(topology.dependencyAccounts ?? []).flatMap(({ account, regions }) =>
    regions.map((region) => ({ account, region })),
  ),
];

/** Those of them that are in the main account. */
export const ownRegionsOf = (topology: Topology): readonly AccountRegion[] =>
  accountRegionsOf(topology).filter(({ account }) => account === topology.account);

type AccountRegions = readonly [main: AccountRegion, ...forwarders: AccountRegion[]];

/** Those whose stacks are deployed together, with credentials of the main account. */
export function deployedTogether(topology: Topology): AccountRegions {
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

/** The other accounts that may put events on the bus. */
export const senders = ({
  delegatedAdministrators,
  dependencyAccounts = [],
}: Topology): readonly string[] => [
  ...new Set([...delegatedAdministrators, ...dependencyAccounts.map(({ account }) => account)]),
];

/** Whether only the stack `Trailkeeper-Dependencies` forwards events from there. */
export const isOfDependencies = (
  at: AccountRegion,
  { dependencyAccounts = [] }: Topology,
): boolean =>
  dependencyAccounts.some(
    ({ account, regions }) => account === at.account && regions.includes(at.region),
  );

/** The ID and name of the stack in an account and Region. */
export function stackOf(at: AccountRegion, topology: Topology): string {
  const { account, region } = topology;
  if (isOfDependencies(at, topology)) return names.dependencies;
  if (at.account !== account) return `${names.stack}-Forwarder-${at.account}-${at.region}`;
  return at.region === region ? names.stack : `${names.stack}-Forwarder-${at.region}`;
}
