import { describe, expect, test } from 'vitest';
import { dependencyKinds, kinds, triggers } from '#drift/index.ts';
import type { Permission, PermissionScope } from '#drift/kind.ts';
import { diff, type Json } from '#text/diff.ts';
import { baseline, now, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';

// The contract of every drift kind. A new kind needs a state in test/support/baseline.ts.

const states: Readonly<Record<string, object>> = baseline.states;

/** The fields that only people can repair, by kind. */
const leftToPeople: Readonly<Record<string, readonly string[]>> = {
  organization: ['DelegatedAdministrators'],
  delivery: Object.keys(baseline.states.delivery),
  bucket: ['Region', 'Owner', 'OtherStatements', 'MfaDelete'],
  key: ['OtherStatements'],
  topic: ['Subscriptions', 'OtherStatements'],
  'log-group': ['LogGroupClass', 'DataProtection'],
  'log-role': ['OtherStatements'],
};
/** Values to which fields drift that cannot drift to any other. */
const drift: Readonly<Record<string, object>> = {
  organization: { ServiceLinkedRole: 'gone' },
  key: {
    KeyState: 'Disabled',
    RotationPeriodInDays: 'off',
    OtherStatements: [...baseline.states.key.OtherStatements, { Effect: 'Allow' }],
  },
  topic: { Existence: 'gone' },
  'log-group': { Existence: 'gone' },
  'log-role': { Existence: 'gone' },
};

/** The kinds of what a trail depends on. Their state is not deleted with the trail, and they read before they write. */
const dependencies: readonly string[] = [
  'bucket',
  'key',
  'topic',
  'log-group',
  'log-role',
  'alarms',
];
const ofTrail = kinds.filter(({ name }) => !['organization', ...dependencies].includes(name));
const scopeIn = (partition: string): PermissionScope => {
  const roles = `arn:${partition}:iam::${trail.accountId}:role`;
  const trails = [trail.region, 'us-east-1'].map(
    (region) => `arn:${partition}:cloudtrail:${region}:${trail.accountId}:trail/*`,
  );
  return {
    trails,
    roles,
    cloudWatchLogsRoles: [`${roles}/*`],
    buckets: [`arn:${partition}:s3:::*`],
    keys: [`arn:${partition}:kms:*:*:key/*`],
    topics: [`arn:${partition}:sns:*:*:*`],
    logGroups: [`arn:${partition}:logs:*:*:log-group:*`],
    logRoles: [`${roles}/*`],
    restorable: {
      buckets: [`arn:${partition}:s3:::logs`],
      replicationRoles: [`${roles}/replication`],
      keys: [`arn:${partition}:kms:us-east-1:${trail.accountId}:key/0a1b2c3d`],
      topics: [`arn:${partition}:sns:us-east-1:${trail.accountId}:logs`],
      logGroups: [`arn:${partition}:logs:us-east-1:${trail.accountId}:log-group:logs`],
      logRoles: [`${roles}/CloudTrail_CloudWatchLogs`],
      alarms: [`arn:${partition}:cloudwatch:us-east-1:${trail.accountId}:alarm:root`],
    },
  };
};
const scope = scopeIn('aws');

test('the kinds have distinct names, in kebab-case', () => {
  const names = kinds.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test('the baseline of these tests names every kind', () => {
  expect(Object.keys(states).toSorted()).toStrictEqual(kinds.map(({ name }) => name).toSorted());
});

test('only what a trail depends on is reported and not restored by default', () => {
  expect(dependencyKinds.map(({ name }) => name)).toStrictEqual(dependencies);
});

test('the calls that trigger a check are those of every kind', () => {
  expect(triggers).toStrictEqual(kinds.flatMap((kind) => kind.triggers));
});

test('repairs are ordered: access, dependencies, settings, logging, selectors, then the rest', () => {
  expect(kinds.map(({ name }) => name)).toStrictEqual([
    'organization',
    'bucket',
    'key',
    'topic',
    'log-group',
    'log-role',
    'alarms',
    'settings',
    'logging',
    'event-selectors',
    'insight-selectors',
    'aggregation',
    'tags',
    'delivery',
  ]);
});

/** Every call that weakens a trail, its organization or its destinations, and those that restore it: threats A to F. */
const calls: Readonly<Record<string, readonly string[]>> = {
  organization: [
    'organizations:EnableAWSServiceAccess',
    'organizations:DisableAWSServiceAccess',
    'organizations:RegisterDelegatedAdministrator',
    'organizations:DeregisterDelegatedAdministrator',
    'cloudtrail:RegisterOrganizationDelegatedAdmin',
    'cloudtrail:DeregisterOrganizationDelegatedAdmin',
    'iam:CreateServiceLinkedRole',
    'iam:DeleteServiceLinkedRole',
  ],
  settings: ['cloudtrail:CreateTrail', 'cloudtrail:UpdateTrail', 'cloudtrail:DeleteTrail'],
  logging: ['cloudtrail:StartLogging', 'cloudtrail:StopLogging'],
  'event-selectors': ['cloudtrail:PutEventSelectors'],
  'insight-selectors': ['cloudtrail:PutInsightSelectors'],
  aggregation: ['cloudtrail:PutEventConfiguration'],
  tags: ['cloudtrail:AddTags', 'cloudtrail:RemoveTags'],
  delivery: [],
  bucket: [
    's3:CreateBucket',
    's3:DeleteBucket',
    's3:PutBucketPolicy',
    's3:DeleteBucketPolicy',
    's3:PutBucketPublicAccessBlock',
    's3:DeleteBucketPublicAccessBlock',
    's3:PutBucketOwnershipControls',
    's3:DeleteBucketOwnershipControls',
    's3:PutBucketAcl',
    's3:PutBucketVersioning',
    's3:PutBucketLifecycle',
    's3:DeleteBucketLifecycle',
    's3:PutBucketObjectLockConfiguration',
    's3:PutBucketReplication',
    's3:DeleteBucketReplication',
    's3:PutBucketEncryption',
    's3:DeleteBucketEncryption',
    's3:PutBucketRequestPayment',
    's3:PutBucketLogging',
    's3:PutBucketNotification',
  ],
  key: [
    'kms:EnableKey',
    'kms:DisableKey',
    'kms:ScheduleKeyDeletion',
    'kms:CancelKeyDeletion',
    'kms:DeleteImportedKeyMaterial',
    'kms:ImportKeyMaterial',
    'kms:PutKeyPolicy',
    'kms:EnableKeyRotation',
    'kms:DisableKeyRotation',
  ],
  topic: [
    'sns:CreateTopic',
    'sns:DeleteTopic',
    'sns:SetTopicAttributes',
    'sns:AddPermission',
    'sns:RemovePermission',
    'sns:Subscribe',
    'sns:ConfirmSubscription',
    'sns:Unsubscribe',
    'sns:TagResource',
    'sns:UntagResource',
  ],
  'log-group': [
    'logs:CreateLogGroup',
    'logs:DeleteLogGroup',
    'logs:PutRetentionPolicy',
    'logs:DeleteRetentionPolicy',
    'logs:AssociateKmsKey',
    'logs:DisassociateKmsKey',
    'logs:PutDataProtectionPolicy',
    'logs:DeleteDataProtectionPolicy',
    'logs:PutMetricFilter',
    'logs:DeleteMetricFilter',
    'logs:PutSubscriptionFilter',
    'logs:DeleteSubscriptionFilter',
  ],
  'log-role': [
    'iam:CreateRole',
    'iam:DeleteRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:PutRolePolicy',
    'iam:DeleteRolePolicy',
    'iam:AttachRolePolicy',
    'iam:DetachRolePolicy',
    'iam:PutRolePermissionsBoundary',
    'iam:DeleteRolePermissionsBoundary',
  ],
  alarms: [
    'monitoring:PutMetricAlarm',
    'monitoring:DeleteAlarms',
    'monitoring:DisableAlarmActions',
    'monitoring:EnableAlarmActions',
  ],
};

describe.each(kinds)('$name', (kind) => {
  const desired = states[kind.name] ?? {};
  const fields = Object.keys(desired);
  const ours = fields.filter((field) => !leftToPeople[kind.name]?.includes(field));
  const isDependency = dependencies.includes(kind.name);
  const drifts = [
    ...(isDependency ? [] : [null]),
    ...ours.map((field) => drifted(desired, [field], drift[kind.name])),
    drifted(desired, kind.name === 'bucket' ? ours : fields, drift[kind.name]),
  ].filter(() => ours.length > 0);
  const stepsFrom = (actual: object | null) => kind.repair(desired, actual, trail, states);
  const steps = drifts.flatMap(stepsFrom);
  const { observe, repair } = kind.permissions;

  test('is checked after each call that can change it', () => {
    const hinted = kind.triggers.flatMap(({ eventSource, eventNames }) =>
      eventNames.map((name) => `${eventSource.replace('.amazonaws.com', '')}:${name}`),
    );

    expect(hinted.toSorted()).toStrictEqual(calls[kind.name]?.toSorted());
    for (const { eventSource } of kind.triggers) expect(eventSource).toMatch(/\.amazonaws\.com$/);
  });

  test('stores a complete state', () => {
    expect(kind.state.safeParse(desired).success).toBe(true);
    for (const field of Object.keys(desired)) {
      const partial = Object.entries(desired).filter(([key]) => key !== field);
      expect(kind.state.safeParse(Object.fromEntries(partial)).success, field).toBe(false);
    }
  });

  test('does not store unknown fields', () => {
    expect(kind.state.safeParse({ ...desired, unheardOf: true }).success).toBe(false);
  });

  test('reports the impact of every change in one line', () => {
    for (const field of fields) {
      const actual = drifted(desired, [field], drift[kind.name]);
      for (const change of diff(desired as Json, actual as Json)) {
        const { description } = kind.impact(change, desired, actual);

        expect(description).toMatch(/^\S.*\S$/);
        expect(description).not.toMatch(/undefined|null|\[object|NaN/);
      }
    }
  });

  test('leaves fields to people that only they can repair', () => {
    for (const field of leftToPeople[kind.name] ?? []) {
      expect(stepsFrom(drifted(desired, [field], drift[kind.name]))).toStrictEqual([]);
    }
  });

  test('repairs all drift that it observes', () => {
    for (const actual of drifts) expect(stepsFrom(actual)).not.toHaveLength(0);
  });

  test('plans the same repair for the same drift and does not modify its input', () => {
    for (const actual of drifts) {
      const given = structuredClone({ desired, actual });

      const first = stepsFrom(actual);

      expect(stepsFrom(actual)).toStrictEqual(first);
      expect({ desired, actual }).toStrictEqual(given);
    }
  });

  test('observes only with reads', () => {
    for (const action of actionsOf(observe)) {
      expect(action).toMatch(/^[a-z0-9-]+:(Get|List|Describe|Lookup)[A-Za-z]+$/);
    }
  });

  test('has permission for its steps', () => {
    const granted = isDependency
      ? actionsOf(repair).map((action) => action.replace(/^.*:/, ''))
      : [...grantedOnTrail(repair), ...grantedForCloudTrail(repair)];

    for (const { action } of steps) expect(granted).toContain(iamNames[action] ?? action);
  });

  test('applies each step as the call that the step names', async () => {
    for (const step of isDependency ? [] : steps) {
      const { aws, asked } = answering({});

      await kind.apply(aws, step);

      expect(asked).toStrictEqual([{ operation: step.action, input: step.input }]);
    }
  });

  test('reports that a step was refused', async () => {
    for (const step of isDependency ? [] : steps) {
      const { aws } = refusing('AccessDeniedException');

      await expect(kind.apply(aws, step)).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    }
  });

  test('does not treat access denied as absent', async () => {
    const { aws, asked } = refusing('AccessDeniedException');

    await expect(kind.observe(aws, trail, now)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    for (const { operation } of asked) {
      expect(actionsOf(observe).map((action) => action.split(':')[1])).toContain(operation);
    }
  });

  test('has permissions only on named resources', () => {
    for (const { resources } of [...observe, ...repair]) {
      expect(resources(scope)).not.toHaveLength(0);
    }
  });

  test('has no wildcard action and no action that weakens a trail', () => {
    for (const action of actionsOf([...observe, ...repair])) {
      expect(action).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      if (!removals.includes(action)) {
        expect(action).not.toMatch(/:(Stop|Delete|Disable|Deregister)/);
      }
    }
  });

  test('has write permissions only in its own account or through CloudTrail', () => {
    for (const permission of repair) {
      const { actions, resources } = permission;
      if (actions.every((action) => /:(Get|List|Describe)/.test(action))) continue;
      if (grantedForCloudTrail([permission]).length > 0) continue;
      for (const resource of isDependency ? [] : resources(scope)) {
        expect(resource).toMatch(/^arn:aws:[a-z]+:([a-z0-9-]*):111122223333:[a-z]+\/\*$/);
      }
    }
  });

  test('may write to a dependency only if the configuration names it', () => {
    if (!isDependency) return;
    const named = Object.values(scope.restorable).flat();
    for (const { resources } of repair) {
      for (const resource of resources(scope)) {
        expect(named).toContain(resource.replace(/:\*$/, ''));
      }
    }
  });

  test('passes a role only to CloudTrail, or that of the replication to S3', () => {
    const service = isDependency ? 's3.amazonaws.com' : 'cloudtrail.amazonaws.com';
    for (const { actions, conditions } of repair) {
      if (!actions.includes('iam:PassRole')) continue;
      expect(actions).toStrictEqual(['iam:PassRole']);
      expect(conditions).toStrictEqual({ StringEquals: { 'iam:PassedToService': service } });
    }
  });

  test.each(['aws', 'aws-us-gov', 'aws-cn'])('names resources of partition %s', (partition) => {
    for (const { resources } of [...observe, ...repair]) {
      for (const resource of resources(scopeIn(partition))) {
        if (resource !== '*') expect(resource.split(':')[1]).toBe(partition);
      }
    }
  });
});

describe.each(ofTrail)('$name', (kind) => {
  const { observe } = kind.permissions;

  test('observes no trail if AWS says that there is none', async () => {
    const { aws } = refusing('TrailNotFoundException');

    expect(await kind.observe(aws, trail, now)).toBeNull();
  });

  test('has permission for the calls that it observes with', async () => {
    const { aws, asked } = refusing('TrailNotFoundException');

    await kind.observe(aws, trail, now);

    expect(asked).not.toHaveLength(0);
    for (const { operation } of asked) expect(grantedOnTrail(observe)).toContain(operation);
  });

  test('names the trail by ARN when it observes', async () => {
    const { aws, asked } = refusing('TrailNotFoundException');

    await kind.observe(aws, trail, now);

    for (const { input } of asked) {
      expect(Object.values(input as object).flat()).toContain(trail.arn);
    }
  });
});

/** The IAM actions of calls that have another name there. */
const iamNames: Readonly<Record<string, string>> = {
  DeleteBucketReplication: 'PutReplicationConfiguration',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
};

/** The deletions of what someone may add to a dependency to weaken it. */
const removals: readonly string[] = [
  'logs:DeleteRetentionPolicy',
  'logs:DeleteSubscriptionFilter',
  'iam:DeleteRolePermissionsBoundary',
];

/** A state with other values in some fields: those that are given, or any. */
function drifted(state: object, fields: readonly string[], given: object = {}): object {
  const entries = Object.entries(state).map(([field, value]) => {
    if (!fields.includes(field)) return [field, value];
    if (Object.hasOwn(given, field)) return [field, Reflect.get(given, field)];
    if (typeof value === 'boolean') return [field, !value];
    return [field, Array.isArray(value) ? [] : 'theirs'];
  });
  return Object.fromEntries(entries);
}

function actionsOf(permissions: readonly Permission[]): string[] {
  return permissions.flatMap(({ actions }) => actions);
}

/** The CloudTrail operations that the permissions allow on every trail. */
function grantedOnTrail(permissions: readonly Permission[]): string[] {
  return permissions
    .filter(({ resources }) => scope.trails.every((arn) => resources(scope).includes(arn)))
    .flatMap(({ actions }) => actions)
    .map((action) => action.replace('cloudtrail:', ''));
}

/** The operations that the permissions allow only through CloudTrail. */
function grantedForCloudTrail(permissions: readonly Permission[]): string[] {
  return permissions
    .filter(
      ({ conditions, resources }) =>
        conditions?.StringEquals?.['organizations:ServicePrincipal'] ===
          'cloudtrail.amazonaws.com' ||
        resources(scope).every((one) =>
          one.endsWith(
            ':role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail',
          ),
        ),
    )
    .flatMap(({ actions }) => actions)
    .map((action) => action.replace(/^(organizations|iam):/, ''));
}
