import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { bootstrapPolicies, partitions } from '#deployment/bootstrap-policies.ts';
import { isAllowed } from '#sandbox/iam.ts';
import { sessionOf } from '#sandbox/principal.ts';
import { handlers } from './cloudformation-handlers.ts';
import {
  account,
  arn,
  deployedIn,
  identify,
  keyOf,
  type Properties,
  region,
  roleArn,
} from './deployed-resources.ts';

const resources = deployedIn(inject('cdkOut').everything);
const policies = bootstrapPolicies('aws');
const statements = Object.values(policies).flatMap(({ Statement }) => Statement);
const types = [...new Set(resources.map(({ Type }) => Type))].toSorted();
const { toolkitStackName, context: cdkContext } = JSON.parse(await readFile('cdk.json', 'utf8'));
const qualifier = cdkContext['@aws-cdk/core:bootstrapQualifier'];

/** CloudFormation's role, with the bootstrap policies and no others. */
const cfn = sessionOf(`arn:aws:iam::${account}:role/cdk-trailkeep-cfn-exec-role`, 'CFN', '');
const roles = new Map([
  [
    cfn.roleArn ?? '',
    { policies: new Map(Object.entries(policies)), attached: [], boundary: null, trust: {} },
  ],
]);

/** A key of the account: its policy lets IAM decide. */
const keyPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ],
});

const allows = (action: string, resource: string, context = {}): boolean =>
  isAllowed(
    { roles },
    cfn,
    { action, resource, context },
    {
      accountId: account,
      policy: action.startsWith('kms:') ? keyPolicy : null,
    },
  );

/** The actions that CloudFormation needs for a resource: those of its handlers, without those for properties that it lacks. */
function needed(type: string, properties: Properties): readonly string[] {
  const { onlyFor = {}, ...operations } = handlers[type] ?? {};
  const unused = Object.entries(onlyFor)
    .filter(([property]) => !has(properties, property.split('.')))
    .flatMap(([, actions]) => actions.split(' '));
  const all = Object.values(operations).flatMap((actions) => actions.split(' ').filter(Boolean));
  return [...new Set(all)].filter((action) => !unused.includes(action));
}

/** Whether a value has a member at a path, of which `*` is any element of a list. */
function has(value: Properties, [key, ...path]: readonly string[]): boolean {
  if (value === undefined || key === undefined) return value !== undefined;
  if (key !== '*') return has(value[key], path);
  return Object.values<Properties>(value).some((element) => has(element, path));
}

/** Actions for which AWS has no resource. Source: Service Authorization Reference. */
const withoutResource: readonly string[] = [
  'cloudtrail:DescribeTrails',
  'events:PutPermission',
  'events:RemovePermission',
  'kms:CreateKey',
  'lambda:CreateEventSourceMapping',
  'logs:DescribeIndexPolicies',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
];

/** What an action of a handler is done to, with the context that AWS gives IAM: not always the resource itself. */
function targetOf(action: string, type: string, properties: Properties) {
  const { resource, context } = identify(type, properties);
  if (withoutResource.includes(action)) return { resource: '*', context };
  if (action === 's3:GetObject' || action === 's3:GetObjectVersion') {
    return { resource: `arn:aws:s3:::cdk-trailkeep-assets-${account}-${region}/0a1b.zip`, context };
  }
  if (action === 'iam:PassRole') {
    const service = {
      Lambda: 'lambda',
      Events: 'events',
      Scheduler: 'scheduler',
      StepFunctions: 'states',
    }[type.split('::')[1] as string];
    const passed = { 'iam:PassedToService': `${service}.amazonaws.com` };
    return { resource: roleArn('Trailkeeper-Reconcile'), context: passed };
  }
  return { resource, context };
}

describe('the bootstrap policies', () => {
  test.each(types)('allow all that the CloudFormation handlers of %s call', (type) => {
    expect(Object.keys(handlers)).toContain(type);
    const denied = new Set<string>();
    for (const { Properties } of resources.filter(({ Type }) => Type === type)) {
      for (const action of needed(type, Properties)) {
        const { resource, context } = targetOf(action, type, Properties);
        if (!allows(action, resource, context)) denied.add(`${action} ${resource}`);
      }
    }
    expect([...denied]).toEqual([]);
  });

  test.each(types)('allow no change to any other %s', (type) => {
    const [{ Properties } = { Properties: {} }] = resources.filter(({ Type }) => Type === type);
    const other = identify(type, { [keyOf(type)]: 'other' });
    const ofMapping = /:(ListTags|TagResource|UntagResource)$/;
    for (const action of needed(type, Properties)) {
      if (['iam:PassRole', 's3:GetObject', 's3:GetObjectVersion'].includes(action)) continue;
      if (withoutResource.includes(action) && !action.includes(':Create')) continue;
      // IAM cannot report whose mapping is tagged.
      if (type === 'AWS::Lambda::EventSourceMapping' && ofMapping.test(action)) continue;
      const resource = withoutResource.includes(action) ? '*' : other.resource;
      expect([action, allows(action, resource)]).toEqual([action, false]);
    }
  });

  test('let each role be passed to the service that assumes it and to no other', () => {
    for (const { Properties } of resources.filter(({ Type }) => Type === 'AWS::IAM::Role')) {
      const target = identify('AWS::IAM::Role', Properties).resource;
      const service = Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service;

      for (const [passedTo, expected] of [
        // The role that the watchtower assumes is passed to no service.
        ...(service === undefined ? [] : [[service, true] as const]),
        ['ec2.amazonaws.com', false],
      ] as const) {
        const context = { 'iam:PassedToService': passedTo };
        expect(allows('iam:PassRole', target, context)).toBe(expected);
      }
    }
  });

  test('let only rules invoke functions, and only email addresses subscribe', () => {
    const sweep = arn('lambda', 'function:Trailkeeper-Sweep');
    const anyone = { 'lambda:Principal': '444455556666' };
    const https = { 'sns:Protocol': 'https' };

    expect(allows('lambda:AddPermission', sweep, anyone)).toBe(false);
    expect(allows('sns:Subscribe', arn('sns', 'Trailkeeper-Alarms'), https)).toBe(false);
  });

  test('let CloudFormation read the assets and the version of this toolkit only', () => {
    const asset = (of: string) => `arn:aws:s3:::cdk-${of}-assets-${account}-${region}/0a1b.zip`;
    const version = (of: string) => arn('ssm', `parameter/cdk-bootstrap/${of}/version`);

    expect(toolkitStackName).toMatch(/^Trailkeeper-/);
    expect(allows('s3:GetObject', asset(qualifier))).toBe(true);
    expect(allows('ssm:GetParameters', version(qualifier))).toBe(true);
    // The qualifier of every app that names none.
    expect(allows('s3:GetObject', asset('hnb659fds'))).toBe(false);
    expect(allows('ssm:GetParameters', version('hnb659fds'))).toBe(false);
  });

  test('allow neither reads nor writes of the items in the state table', () => {
    const table = arn('dynamodb', 'table/Trailkeeper-State');

    expect(allows('dynamodb:GetItem', table)).toBe(false);
    expect(allows('dynamodb:PutItem', table)).toBe(false);
  });

  test('name every resource that AWS lets them name', () => {
    const everywhere = statements.filter(
      ({ Resource, Condition }) => Resource.includes('*') && Condition === undefined,
    );
    const actions = everywhere.flatMap(({ Action }) => Action);

    expect(actions.filter((action) => !withoutResource.includes(action))).toEqual([]);
    for (const action of statements.flatMap(({ Action }) => Action)) {
      expect(action).not.toMatch(/^(.*:)?\*$/);
    }
  });

  test('concern only IAM roles of trailkeeper', () => {
    const ofIam = statements.filter(({ Action }) => Action.some((one) => one.startsWith('iam:')));

    expect(new Set(ofIam.flatMap(({ Resource }) => Resource))).toEqual(
      new Set(['arn:aws:iam::*:role/Trailkeeper-*']),
    );
  });
});

describe.each(partitions)('the bootstrap policies in %s', (partition) => {
  const documents = Object.values(bootstrapPolicies(partition));

  test('differ from those in aws by the partition of each ARN only', () => {
    const text = JSON.stringify(documents);

    expect(text.replaceAll(`"arn:${partition}:`, '"arn:aws:')).toBe(
      JSON.stringify(Object.values(policies)),
    );
  });

  test('use at most 80 % of what IAM accepts in a managed policy', () => {
    // Source: IAM user guide, "IAM and AWS STS quotas": 6,144 characters; white space does not count.
    for (const document of documents) {
      expect(JSON.stringify(document).length).toBeLessThanOrEqual(0.8 * 6144);
    }
  });
});

const run = promisify(execFile);

describe('the command that writes the bootstrap policies', () => {
  test('writes a file for each policy, for the partition', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-policies-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const options = ['--partition', 'aws-us-gov', '--out', folder];

    await run(process.execPath, ['scripts/bootstrap-policies.ts', ...options]);

    const expected = bootstrapPolicies('aws-us-gov');
    expect((await readdir(folder)).toSorted()).toEqual(
      Object.keys(expected).map((name) => `${name}.json`),
    );
    for (const [name, document] of Object.entries(expected)) {
      expect(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'))).toEqual(document);
    }
  });

  test('refuses an unknown partition and names the known ones', async () => {
    await expect(
      run(process.execPath, ['scripts/bootstrap-policies.ts', '--partition', 'aws-mars']),
    ).rejects.toThrow(/aws-mars is not an AWS partition: use one of aws, aws-us-gov/);
  });
});
