import { signingKeyTemplate } from '#cli/init/signing-key-stack.ts';
import { arnPrefix, home, regions } from './home.ts';
import { allowAccount } from './kms-policy.ts';
import { keyIdOf, publicPem } from './kms-signing.ts';
import { logDeliveryPolicy, logDeliveryRole } from './log-delivery-role.ts';
import { newLogGroup } from './log-groups.ts';
import { bucketPolicyForCloudTrail, policyForCloudTrail } from './policy.ts';
import { newProducts } from './products/products.ts';
import { newBucket } from './s3/new-bucket.ts';
import { serviceLinkedRoleOf } from './service-linked-role.ts';
import { newWorkspace } from './slack/slack.ts';
import { workflowRole } from './workflow-role.ts';
import type { Bucket, KmsKey, Role, Topic, World } from './world.ts';

export { home };

/** The member account that is the delegated administrator for CloudTrail. */
export const delegate = '222233334444';

export const keyId = '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';

// Alice may approve; Mallory, an administrator of the same account, may not.
const approvers = ['admin', 'alice'].map(
  (user) => `${arnPrefix}:iam::${home.accountId}:user/${user}`,
);

const ownKeyId = keyIdOf('the signing key');

/** The key that signs baselines. */
export const ownKeyArn = keyArn(home.accountId, ownKeyId);

/** The bucket for recovered events. */
export const recoveredEvents = 'recovered-events';

/** The configuration of trailkeeper in the sandbox: every kind of stack is deployed. */
export const deployment = {
  account: home.accountId,
  region: home.region,
  homeRegions: regions,
  organization: {
    id: 'o-a1b2c3d4e5',
    delegatedAdministrators: [delegate],
  },
  // Attacks follow each other quickly here and must not count as flapping. The topic receives tamper alerts only.
  alerts: { flappingAfter: 1000 },
  repairsBeforeBackoff: 1000,
  channels: { sns: { minSeverity: 'never' }, slack: { channel: 'C0SANDBOX' } },
  recovery: { bucket: recoveredEvents, logBuckets: ['org-trail-logs'] },
  approvers,
  signing: { keys: [publicPem(ownKeyArn)], key: ownKeyArn },
};

/** The key that encrypts the log. */
export const logKeyArn = keyArn(home.accountId, keyId);

/** An account outside the organization. */
export const outsider = {
  accountId: '444455556666',
  keyId: '9b3d7e52-0c55-4d0f-8a77-6e2f41d9aa10',
};
export const outsidersKey = keyArn(outsider.accountId, outsider.keyId);

export const topicArn = `${arnPrefix}:sns:${home.region}:${home.accountId}:org-trail-delivered`;

/** An organization with everything that its trail depends on, and an outsider with a bucket and a key. */
export function newWorld(): World {
  const seededAt = new Date();
  return {
    organization: {
      id: 'o-a1b2c3d4e5',
      managementAccount: home.accountId,
      members: ['222233334444', '333344445555'],
      trustedServices: new Map([['cloudtrail.amazonaws.com', seededAt]]),
      policyTypes: new Set(['SERVICE_CONTROL_POLICY']),
      controlPolicies: new Map(),
      delegations: [],
    },
    buckets: new Map([
      bucket('org-trail-logs', '222233334444'),
      bucket('attacker-bucket', outsider.accountId),
      [recoveredEvents, newBucket(home)],
    ]),
    keys: new Map([
      key(home.accountId, keyId),
      key(outsider.accountId, outsider.keyId),
      signingKey(),
    ]),
    aliases: new Map([
      [
        `${arnPrefix}:kms:${home.region}:${home.accountId}:alias/org-trail`,
        keyArn(home.accountId, keyId),
      ],
    ]),
    topics: new Map([
      topic(topicArn),
      topic(topicArn.replace('org-trail-delivered', 'attackers-topic')),
    ]),
    subscriptions: [],
    notifications: [],
    queuePolicies: new Map(),
    tablePolicies: new Map(),
    buses: new Map(),
    rules: new Map(),
    archives: new Map(),
    replays: new Map(),
    roles: new Map([
      serviceLinkedRoleOf(home.accountId),
      ...['222233334444', '333344445555'].map(organizationAccountAccessRole),
      ...['org-trail-to-cloudwatch-logs', 'org-trail', 'attackers'].map((name) =>
        logDeliveryRole(name, 'o-a1b2c3d4e5'),
      ),
      ...['222233334444', '333344445555'].map((member) =>
        logDeliveryRole('to-cloudwatch-logs', 'o-a1b2c3d4e5', member),
      ),
      workflowRole('workflows'),
    ]),
    functions: new Map(),
    functionUrls: new Map(),
    mappings: new Map(),
    stateMachines: new Map(),
    executions: new Map(),
    mapRuns: new Map(),
    schedules: new Map(),
    logGroups: new Map(
      ['org-trail', 'attackers'].map((name) => [logGroupArn(name), newLogGroup(seededAt)]),
    ),
    alarms: new Map(),
    secrets: new Map(),
    slack: newWorkspace(),
    products: newProducts(),
    emails: [],
    findings: new Map(),
    findingsOfCustomers: new Map(),
    trails: new Map(),
    lenientSelectors: false,
    earlierTrails: [],
    statusOverrides: new Map(),
    stacks: new Map(),
    changeSets: new Map(),
    objects: new Map(),
    objectMetadata: new Map(),
    objectVersions: new Map(),
    logFiles: { pending: new Map(), chains: new Map(), broken: new Map() },
    parameters: new Map(),
    policies: new Map([logDeliveryPolicy()]),
    stackStatus: new Map(),
    history: [],
    historyLag: { ms: 0 },
  };
}

/** The role that AWS Organizations creates in a member account. Source: AWS Organizations User Guide, "OrganizationAccountAccessRole". */
function organizationAccountAccessRole(member: string): [string, Role] {
  const trusted = { AWS: `${arnPrefix}:iam::${home.accountId}:root` };
  const Statement = [{ Effect: 'Allow', Principal: trusted, Action: 'sts:AssumeRole' }];
  const role: Role = {
    policies: new Map(),
    attached: [`${arnPrefix}:iam::aws:policy/AdministratorAccess`],
    boundary: null,
    trust: { Version: '2012-10-17', Statement },
  };
  return [`${arnPrefix}:iam::${member}:role/OrganizationAccountAccessRole`, role];
}

// Every seeded policy lets CloudTrail deliver; the log bucket also lets the management account check that it exists.
function bucket(name: string, owner: string): [string, Bucket] {
  const policy = bucketPolicyForCloudTrail(name, ...allowListBucket(name, owner));
  return [name, { ...newBucket({ accountId: owner, region: home.region }), policy }];
}

const allowListBucket = (name: string, owner: string): readonly object[] =>
  owner === outsider.accountId
    ? []
    : [
        {
          Effect: 'Allow',
          Principal: { AWS: `${arnPrefix}:iam::${home.accountId}:root` },
          Action: 's3:ListBucket',
          Resource: `${arnPrefix}:s3:::${name}`,
        },
      ];

function key(accountId: string, id: string): [string, KmsKey] {
  const { Statement } = JSON.parse(policyForCloudTrail('kms:DescribeKey', '*'));
  const more = [...Statement, allowAccount(accountId)];
  const policy = policyForCloudTrail('kms:GenerateDataKey*', '*', ...more);
  const identity = { keyId: id, accountId, region: home.region };
  return [
    keyArn(accountId, id),
    {
      ...identity,
      state: 'Enabled',
      policy,
      spec: 'SYMMETRIC_DEFAULT',
      rotationPeriodInDays: 365,
    },
  ];
}

/** The key that `trailkeeper init` creates. */
function signingKey(): [string, KmsKey] {
  const at = { account: home.accountId, region: home.region };
  const { KeyPolicy, KeySpec } = signingKeyTemplate(at, approvers).Resources.SigningKey.Properties;
  const policy = JSON.stringify(KeyPolicy);
  const identity = { keyId: ownKeyId, accountId: home.accountId, region: home.region };
  return [ownKeyArn, { ...identity, state: 'Enabled', policy, spec: KeySpec as 'ECC_NIST_P256' }];
}

function topic(arn: string): [string, Topic] {
  return [arn, { policy: policyForCloudTrail('sns:Publish', arn), tags: { owner: 'security' } }];
}

function keyArn(accountId: string, id: string): string {
  return `${arnPrefix}:kms:${home.region}:${accountId}:key/${id}`;
}

function logGroupArn(name: string): string {
  return `${arnPrefix}:logs:${home.region}:${home.accountId}:log-group:${name}`;
}
