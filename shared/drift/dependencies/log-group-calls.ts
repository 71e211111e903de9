import {
  AssociateKmsKeyCommand,
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DeleteSubscriptionFilterCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
  ListTagsForResourceCommand,
  type LogGroup as LogGroupFound,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  paginateDescribeMetricFilters,
  paginateDescribeSubscriptionFilters,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Aws } from '#aws/clients.ts';
import { messageOf, nameOf } from '#aws/errors.ts';
import { accountOf, regionOf } from '#aws/resource-names.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { accessDenied, gone, isClientOf, readable, there } from './dependency.ts';
import type { LogGroupStep } from './log-group-repair.ts';
import {
  type LogGroup,
  masked,
  metricFilters,
  never,
  none,
  retentionByAccountPolicy,
  subscriptionFilters,
  tagSet,
} from './log-group-state.ts';

/**
 * A log group, as far as `wanted` protects it; a field of null is not read. A field that AWS does not report is missing. Filters exist
 * only in groups of class STANDARD. Source: CloudWatch Logs user guide, "Log classes".
 */
export async function observeLogGroup(
  aws: Aws,
  arn: string,
  trail: Trail,
  wanted: Partial<LogGroup>,
): Promise<Partial<LogGroup>> {
  const client = await clientOf(aws, arn);
  if (!(await isClientOf(client, accountOf(arn), trail))) return { Existence: accessDenied };
  const logGroupName = nameIn(arn);
  const found = await readable(find(client, logGroupName));
  if (found === accessDenied) return { Existence: accessDenied };
  if (found === null) {
    return { Existence: gone, ...lostFilters(wanted) };
  }
  const LogGroupClass = found.logGroupClass ?? 'STANDARD';
  const hasFilters = LogGroupClass === 'STANDARD';
  const read = async <Read>(field: keyof LogGroup, ask: () => Promise<Read>) =>
    wanted[field] === null ? null : readable(ask());
  const [Tags, MetricFilters, SubscriptionFilters] = await Promise.all([
    read('Tags', () => tagsOf(client, bareArn(arn))),
    read('MetricFilters', async () => (hasFilters ? metricFiltersOf(client, logGroupName) : [])),
    read('SubscriptionFilters', async () =>
      hasFilters ? subscriptionFiltersOf(client, logGroupName) : [],
    ),
  ]);
  const fields = {
    ...{ Existence: there, LogGroupClass, Tags, MetricFilters, SubscriptionFilters },
    RetentionInDays: retentionOf(found, wanted.RetentionInDays),
    KmsKeyId: found.kmsKeyId || none,
    DataProtection: isMasked(found) ? masked : none,
  };
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, Reflect.get(wanted, field) === null ? null : value]),
  );
}

/** The filters of a group are deleted with it; the rest is part of what is created again. */
const lostFilters = (wanted: Partial<LogGroup>): Partial<LogGroup> => ({
  ...(wanted.MetricFilters !== undefined && {
    MetricFilters: wanted.MetricFilters === null ? null : [],
  }),
  ...(wanted.SubscriptionFilters !== undefined && {
    SubscriptionFilters: wanted.SubscriptionFilters === null ? null : [],
  }),
});

/** By a policy of the group or of the account. Source: CloudWatch Logs API reference, LogGroup. */
const isMasked = ({ dataProtectionStatus, inheritedProperties = [] }: LogGroupFound): boolean =>
  dataProtectionStatus === masked || inheritedProperties.includes('ACCOUNT_DATA_PROTECTION');

function retentionOf(
  { retentionInDays, retentionPolicyName }: LogGroupFound,
  wanted: LogGroup['RetentionInDays'] | undefined,
): LogGroup['RetentionInDays'] {
  const found = retentionInDays ?? never;
  const isOverridden = wanted !== undefined && found !== wanted;
  return isOverridden && retentionPolicyName
    ? retentionByAccountPolicy(found, retentionPolicyName)
    : found;
}

/**
 * The group of this name. Groups are sorted by name, so one whose name others only begin with comes first: those others, which anyone may
 * create by the thousand, are not read. Source: CloudWatch Logs API reference, DescribeLogGroups.
 */
async function find(
  client: CloudWatchLogsClient,
  logGroupNamePrefix: string,
): Promise<LogGroupFound | null> {
  const { logGroups = [] } = await client.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix }),
  );
  return logGroups.find(({ logGroupName }) => logGroupName === logGroupNamePrefix) ?? null;
}

async function tagsOf(client: CloudWatchLogsClient, resourceArn: string) {
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  return tags && tagSet(tags);
}

/** Undefined if AWS does not report them. */
async function metricFiltersOf(client: CloudWatchLogsClient, logGroupName: string) {
  const found: unknown[] = [];
  for await (const page of paginateDescribeMetricFilters({ client }, { logGroupName })) {
    if (page.metricFilters === undefined) return undefined;
    found.push(...page.metricFilters);
  }
  return metricFilters(found) ?? undefined;
}

async function subscriptionFiltersOf(client: CloudWatchLogsClient, logGroupName: string) {
  const found: unknown[] = [];
  for await (const page of paginateDescribeSubscriptionFilters({ client }, { logGroupName })) {
    if (page.subscriptionFilters === undefined) return undefined;
    found.push(...page.subscriptionFilters);
  }
  return subscriptionFilters(found) ?? undefined;
}

/** Sends one step. A group that was deleted since it was observed is a failure of the step, not of the trail. */
export async function applyToLogGroup(aws: Aws, step: LogGroupStep): Promise<void> {
  const client = await clientOf(aws, step.input.logGroupArn);
  try {
    await send(client, step);
  } catch (error) {
    // Another run has created it since: what it is like is read afterwards.
    if (nameOf(error) === 'ResourceAlreadyExistsException') return;
    if (nameOf(error) !== 'ResourceNotFoundException') throw error;
    throw new LogGroupNotFoundError(messageOf(error), { cause: error });
  }
}

class LogGroupNotFoundError extends Error {
  override readonly name = 'LogGroupNotFound' as const;
}

function send(client: CloudWatchLogsClient, { action, input }: LogGroupStep): Promise<unknown> {
  switch (action) {
    case 'CreateLogGroup':
      return client.send(new CreateLogGroupCommand(byName(input)));
    case 'PutRetentionPolicy':
      return client.send(new PutRetentionPolicyCommand(byName(input)));
    case 'DeleteRetentionPolicy':
      return client.send(new DeleteRetentionPolicyCommand(byName(input)));
    case 'AssociateKmsKey':
      return client.send(new AssociateKmsKeyCommand(byName(input)));
    case 'DisassociateKmsKey':
      return client.send(new DisassociateKmsKeyCommand(byName(input)));
    case 'TagResource':
      return client.send(new TagResourceCommand(byArn(input)));
    case 'UntagResource':
      return client.send(new UntagResourceCommand(byArn(input)));
    case 'PutMetricFilter':
      return client.send(new PutMetricFilterCommand(byName(input)));
    case 'PutSubscriptionFilter':
      return client.send(new PutSubscriptionFilterCommand(byName(input)));
    case 'DeleteSubscriptionFilter':
      return client.send(new DeleteSubscriptionFilterCommand(byName(input)));
  }
}

/** The members of a call that names the group. */
const byName = <Input extends OnGroup>({ logGroupArn, ...members }: Input) => ({
  ...members,
  logGroupName: nameIn(logGroupArn),
});
const byArn = <Input extends OnGroup>({ logGroupArn, ...members }: Input) => ({
  ...members,
  resourceArn: bareArn(logGroupArn),
});

type OnGroup = { readonly logGroupArn: string };

const nameIn = (arn: string): string => arn.split(':')[6] ?? '';
const bareArn = (arn: string): string => arn.replace(/:\*$/, '');
const clientOf = (aws: Aws, arn: string) =>
  aws.dependenciesIn(accountOf(arn)).logsIn(regionOf(arn));
