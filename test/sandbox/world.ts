import type {
  CreateTrailResponse,
  DescribeTrailsResponse,
  GetEventConfigurationResponse,
  GetEventSelectorsResponse,
  GetInsightSelectorsResponse,
  GetTrailResponse,
  GetTrailStatusResponse,
  ListTagsResponse,
  ListTrailsResponse,
  PutEventConfigurationResponse,
  PutEventSelectorsResponse,
  PutInsightSelectorsResponse,
  UpdateTrailResponse,
} from '@aws-sdk/client-cloudtrail';
import type { AccountRegion } from '#sandbox/account-region.ts';
import { cloudtrail } from '#sandbox/cloudtrail/operations.ts';
import { isWrite, recordOf } from '#sandbox/cloudtrail/record.ts';
import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';
import { recordDeliveries } from '#sandbox/cloudtrail/status.ts';
import { newLogGroup } from '#sandbox/log-groups.ts';
import type { Operation } from '#sandbox/operation.ts';
import { policyForCloudTrail } from '#sandbox/policy.ts';
import { newWorld } from '#sandbox/seed.ts';
import { AwsError, type Call, type Need } from '#sandbox/service.ts';
import type { Role, World } from '#sandbox/world.ts';

type Outputs = {
  readonly CreateTrail: CreateTrailResponse;
  readonly UpdateTrail: UpdateTrailResponse;
  readonly DeleteTrail: object;
  readonly StartLogging: object;
  readonly StopLogging: object;
  readonly GetTrail: GetTrailResponse;
  readonly DescribeTrails: DescribeTrailsResponse;
  readonly ListTrails: ListTrailsResponse;
  readonly GetTrailStatus: GetTrailStatusResponse;
  readonly GetEventSelectors: GetEventSelectorsResponse;
  readonly GetInsightSelectors: GetInsightSelectorsResponse;
  readonly GetEventConfiguration: GetEventConfigurationResponse;
  readonly ListTags: ListTagsResponse;
  readonly RegisterOrganizationDelegatedAdmin: object;
  readonly DeregisterOrganizationDelegatedAdmin: object;
  readonly PutEventSelectors: PutEventSelectorsResponse;
  readonly PutInsightSelectors: PutInsightSelectorsResponse;
  readonly PutEventConfiguration: PutEventConfigurationResponse;
  readonly AddTags: object;
  readonly RemoveTags: object;
};

type Name = keyof Outputs;
type Input = Call['input'];

export const home: AccountRegion = { accountId: '111122223333', region: 'eu-central-1' };
export const elsewhere: AccountRegion = { ...home, region: 'us-east-1' };
export const member: AccountRegion = { ...home, accountId: '222233334444' };
export const stranger: AccountRegion = { ...home, accountId: '999988887777' };

export const keyId = '0a1b2c3d-0000-4000-8000-000000000001';
export const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
export const foreignKeyArn =
  'arn:aws:kms:eu-central-1:222233334444:key/mrk-0123456789abcdef0123456789abcdef';
export const distantKeyArn =
  'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000002';

const open = policyForCloudTrail('*', '*');

/** A role with which CloudTrail can write to every log group. */
function logRole(arn: string): [string, Role] {
  const allow = (statement: object) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', ...statement }],
  });
  const policies = new Map([['write', allow({ Action: 'logs:*', Resource: '*' })]]);
  const Principal = { Service: 'cloudtrail.amazonaws.com' };
  const trust = allow({ Principal, Action: 'sts:AssumeRole' });
  return [arn, { policies, attached: [], boundary: null, trust }];
}

/** A world with one organization and working destinations, but without a trail. */
export const emptyWorld = (): World => ({
  ...newWorld(),
  organization: {
    id: 'o-exampleorgid',
    managementAccount: home.accountId,
    members: [member.accountId],
    trustedServices: new Map([['cloudtrail.amazonaws.com', new Date(0)]]),
    delegations: [],
    policyTypes: new Set(),
    controlPolicies: new Map(),
  },
  buckets: new Map([
    ['the-logs', { owner: home.accountId, region: 'eu-central-1', policy: open }],
    ['distant-logs', { owner: home.accountId, region: 'us-east-1', policy: open }],
  ]),
  keys: new Map(
    [keyArn, foreignKeyArn, distantKeyArn].map((arn) => {
      const [, , , region = '', accountId = '', key = ''] = arn.split(':');
      const identity = { keyId: key.replace('key/', ''), accountId, region };
      return [arn, { ...identity, state: 'Enabled', policy: open, spec: 'SYMMETRIC_DEFAULT' }];
    }),
  ),
  aliases: new Map([['arn:aws:kms:eu-central-1:111122223333:alias/logs', keyArn]]),
  topics: new Map(
    ['deliveries', 't'.repeat(256)]
      .map((name) => `arn:aws:sns:eu-central-1:111122223333:${name}`)
      .concat('arn:aws:sns:us-east-1:222233334444:central')
      .map((arn) => [arn, { policy: open }]),
  ),
  logGroups: new Map([
    ['arn:aws:logs:eu-central-1:111122223333:log-group:trail', newLogGroup(new Date(0))],
  ]),
  roles: new Map([...newWorld().roles, logRole('arn:aws:iam::111122223333:role/logs')]),
  trails: new Map(),
  earlierTrails: [],
  statusOverrides: new Map(),
  history: [],
  historyLag: { ms: 0 },
});

/**
 * A world for calls to CloudTrail: `ask` performs a call, `refusal` expects an error, `needs` returns permissions,
 * `record` returns the call's record.
 */
export const sandbox = (world = emptyWorld()) => {
  const ask = <Op extends Name>(name: Op, input: Input = {}, at = home, time = new Date(0)) => {
    const call = callOf(name, input, at, time);
    if (isWrite(call)) recordDeliveries(world, time);
    return operation(name).perform(call, world) as Outputs[Op];
  };

  const refusal = (name: Name, input: Input = {}, at = home): AwsError => {
    try {
      ask(name, input, at);
    } catch (error) {
      if (error instanceof AwsError) return error;
      throw error;
    }
    throw new Error(`${name} was not refused`);
  };

  const needs = (name: Name, input: Input = {}, at = home): readonly Need[] =>
    operation(name).needs(callOf(name, input, at, new Date(0)), world);

  const record = (name: Name, input: Input = {}, at = home): CloudTrailRecord =>
    recordOf(callOf(name, input, at, new Date(0)), { output: ask(name, input, at) }, world);

  return { world, ask, refusal, needs, record };
};

/** A trail's status without the fields that repeat its times as text. */
export const withoutTexts = (status: GetTrailStatusResponse) => {
  const isText = (member: string) => /^TimeLogging|^Latest\w+Attempt/.test(member);
  return Object.fromEntries(Object.entries(status).filter(([member]) => !isText(member)));
};

/** A sandbox with the trail `main` of the management account and home Region eu-central-1. */
export const sandboxWithTrail = (input: Input = {}) => {
  const made = sandbox();
  made.ask('CreateTrail', { Name: 'main', S3BucketName: 'the-logs', ...input });
  return made;
};

const operation = (name: Name): Operation => {
  const found = cloudtrail[name];
  if (!found) throw new Error(`CloudTrail has no ${name}`);
  return found;
};

const callOf = (
  name: Name,
  input: Input,
  { accountId, region }: AccountRegion,
  at: Date,
): Call => ({
  principal: {
    type: 'IAMUser',
    arn: `arn:aws:iam::${accountId}:user/alice`,
    accountId,
    accessKeyId: accountId,
    roleArn: null,
  },
  region,
  service: 'cloudtrail',
  operation: name,
  input,
  userAgent: 'test',
  requestId: 'a-request',
  at,
});
