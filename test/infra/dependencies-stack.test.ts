import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '#deployment/config.ts';
import { dependencyKinds } from '#drift/index.ts';
import type { PermissionScope } from '#drift/kind.ts';
import { addConfiguredStacks } from '#infra/checkout-app.ts';
import { dependencyTemplates } from '#sandbox/deploy-dependencies.ts';
import { cdkApp } from '../support/cdk-app.ts';
import { everything, least } from '../support/synthesized.ts';
import { expectNagSilent, propertiesOf, type Statement, statementsOf } from './app.ts';

const account = '444455556666';
const externalId = '9f1c0a7e5b3d4826a1c4e8f70b2d6395';
const dependencyAccounts = [{ account, externalId }];
const arns = {
  buckets: ['arn:aws:s3:::org-logs'],
  replicationRoles: [`arn:aws:iam::${account}:role/replication`],
  keys: [`arn:aws:kms:us-east-1:${account}:key/0a1b2c3d-0000-4000-8000-000000000001`],
  topics: [`arn:aws:sns:us-east-1:${account}:org-logs`],
  logGroups: [`arn:aws:logs:us-east-1:${account}:log-group:org-logs`],
  logRoles: [`arn:aws:iam::${account}:role/CloudTrail_CloudWatchLogs`],
  alarms: [`arn:aws:cloudwatch:us-east-1:${account}:alarm:root`],
};
const named = (restore: boolean) =>
  Object.entries(arns)
    .filter(([list]) => list !== 'replicationRoles')
    .flatMap(([, arns]) => arns)
    .map((arn) => ({ arn, restore, ...(arn.includes(':s3:') && { account }) }));

/** The same, with the role of its replication. */
const replicated = () =>
  named(true).map((one) =>
    one.arn.includes(':s3:') ? { ...one, replicationRole: arns.replicationRoles[0] } : one,
  );

/** Only a delegated administrator can have a log group of an organization trail. */
const organization = { id: 'o-a1b2c3d4e5', delegatedAdministrators: [account] };

const roleOf = (config: object) => {
  const given = { ...least, organization, dependencyAccounts, ...config };
  const templates = dependencyTemplates(account, given);
  const template = Template.fromJSON(templates.get('us-east-1') as Record<string, unknown>);
  return { template, statements: statementsOf(template, 'Role') };
};

const actionsIn = (statements: readonly Statement[]) =>
  new Set(statements.flatMap(({ Action }) => Action));
const isRead = (action: string) => /:(Get|List|Describe)/.test(action);
const none = {
  buckets: [],
  replicationRoles: [],
  keys: [],
  topics: [],
  logGroups: [],
  logRoles: [],
  alarms: [],
};
/** What the kinds ask for, as pairs of an action and a resource. */
const asked = (part: 'observe' | 'repair', scope: Partial<PermissionScope>) =>
  dependencyKinds
    .flatMap(({ permissions }) => permissions[part])
    .flatMap(({ actions, resources }) =>
      resources({
        ...none,
        trails: [],
        roles: '',
        cloudWatchLogsRoles: [],
        restorable: none,
        ...scope,
      }).flatMap((resource) => actions.map((action) => `${action} ${resource}`)),
    );
const granted = (statements: readonly Statement[]) =>
  statements.flatMap(({ Action, Resource }) =>
    Resource.flatMap((resource) => Action.map((action) => `${action} ${resource}`)),
  );

describe('the role in the account of a dependency', () => {
  test('can be assumed by the reconcile role alone, with the external id', () => {
    const { template } = roleOf({});

    expect(propertiesOf(template, 'AWS::IAM::Role')).toContainEqual(
      expect.objectContaining({
        RoleName: 'Trailkeeper-Dependencies',
        AssumeRolePolicyDocument: expect.objectContaining({
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRole',
              Principal: {
                AWS: {
                  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:root']],
                },
              },
              Condition: {
                ArnEquals: {
                  'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile',
                },
                StringEquals: { 'sts:ExternalId': externalId },
              },
            },
          ],
        }),
      }),
    );
  });

  test.each([
    ['mode observe', { mode: 'observe', dependencies: named(true) }],
    ['mode enforce, if nothing may be restored', { mode: 'enforce', dependencies: named(false) }],
    ['mode enforce, if nothing is named', { mode: 'enforce' }],
  ])('can only read in %s', (_what, config) => {
    expect([...actionsIn(roleOf(config).statements)].filter((action) => !isRead(action))).toEqual(
      [],
    );
  });

  test('may do in mode enforce what the kinds need for what may be restored, and nothing else', () => {
    const { statements } = roleOf({ mode: 'enforce', dependencies: replicated() });

    expect(new Set(granted(statements))).toEqual(
      new Set([...asked('observe', arns), ...asked('repair', { restorable: arns })]),
    );
  });

  test('may pass no role that is not named', () => {
    const { statements } = roleOf({ mode: 'enforce', dependencies: named(true) });

    expect(actionsIn(statements)).toContain('s3:PutReplicationConfiguration');
    expect(actionsIn(statements)).not.toContain('iam:PassRole');
  });

  test('may pass a named role to S3 alone', () => {
    const { statements } = roleOf({ mode: 'enforce', dependencies: replicated() });

    expect(statements.filter(({ Action }) => Action.includes('iam:PassRole'))).toEqual([
      expect.objectContaining({
        Resource: arns.replicationRoles,
        Condition: { StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' } },
      }),
    ]);
  });

  test('lists log groups only if one may be read', () => {
    const dependencies = named(false).filter(({ arn }) => !arn.includes(':logs:'));

    expect(actionsIn(roleOf({ dependencies }).statements)).not.toContain('logs:DescribeLogGroups');
  });

  test('reaches no dependency of another account', () => {
    const others = [
      { arn: 'arn:aws:s3:::own-logs', account: '111122223333', restore: true },
      { arn: 'arn:aws:sns:us-east-1:111122223333:own', restore: true },
    ];
    const { statements } = roleOf({ mode: 'enforce', dependencies: [...named(true), ...others] });

    expect(granted(statements).filter((grant) => /own/.test(grant))).toEqual([]);
  });
});

describe('the stacks in the account of a dependency', () => {
  test('forward from every Region in which calls about it are recorded; the role is in the main one', () => {
    const templates = dependencyTemplates('444455556666', everything);

    expect([...templates.keys()]).toEqual(['eu-central-1', 'eu-west-1', 'us-east-1']);
    const rolesIn = [...templates.values()].map((template) =>
      propertiesOf(Template.fromJSON(template as Record<string, unknown>), 'AWS::IAM::Role').map(
        ({ RoleName }) => RoleName,
      ),
    );
    expect(rolesIn).toEqual([
      ['Trailkeeper-Dependencies', 'Trailkeeper-Forward-eu-central-1'],
      ['Trailkeeper-Forward-eu-west-1'],
      ['Trailkeeper-Forward-us-east-1'],
    ]);
  });

  test('forward nothing from where a delegated administrator forwards already', () => {
    const delegate = '222233334444';
    const templates = dependencyTemplates(delegate, {
      ...everything,
      dependencyAccounts: [...everything.dependencyAccounts, { account: delegate, externalId }],
    });

    expect([...templates.keys()]).toEqual(['eu-central-1', 'us-east-1']);
    const [main] = templates.values();
    const types = Object.values<{ Type: string }>({ ...main?.Resources }).map(({ Type }) => Type);
    expect(types).toEqual(['AWS::IAM::Role']);
  });

  test('need no bootstrap of the CDK', () => {
    for (const template of dependencyTemplates(account, {
      ...least,
      dependencyAccounts,
    }).values()) {
      expect(JSON.stringify(template)).not.toContain('cdk-hnb659fds');
    }
  });

  test('are alone in the app that names their account, and cdk-nag has no finding without a reason', () => {
    const trailkeeper = { ...least, mode: 'enforce', dependencyAccounts };
    const app = cdkApp({ trailkeeper, dependencies: account });
    addConfiguredStacks(app, account);

    expect(app.synth().stacks.map(({ stackName }) => stackName)).toEqual([
      'Trailkeeper-Dependencies',
    ]);
    expectNagSilent(app.outdir);
  });

  test('are refused for an account that is not listed', () => {
    const app = cdkApp({ trailkeeper: least, dependencies: account });

    expect(() => addConfiguredStacks(app, account)).toThrow(ConfigError);
    expect(() => addConfiguredStacks(app, account)).toThrow(
      `trailkeeper.dependencyAccounts: has no account ${account}: add it with an externalId`,
    );
  });
});
