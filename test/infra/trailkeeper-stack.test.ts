import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { unzipSync } from 'fflate';
import { describe, expect, inject, test } from 'vitest';

import { parseDeployment } from '#deployment/config.ts';
import type { ChannelFacts, SelfCheckFacts } from '#deployment/expected-deployment.ts';

import { everything as configuration } from '../support/synthesized.ts';
import {
  arnOf,
  expectNagSilent,
  idOf,
  mainTemplateIn,
  type Properties,
  propertiesOf,
  read,
  stacksIn,
  statementsOf,
} from './app.ts';

const { observe, enforce, everything } = inject('cdkOut');
const shipped = mainTemplateIn(observe);
const whole = mainTemplateIn(everything);
const functionNames = ['Alert', 'Audit', 'Backfill', 'Remediate', 'SelfCheck', 'Sweep'].map(
  (name) => `Trailkeeper-${name}`,
);

const withInteract = [...functionNames, 'Trailkeeper-Interact'];

test('every stack is protected from deletion in mode enforce', () => {
  for (const stack of [...stacksIn(enforce), ...stacksIn(everything)]) {
    expect(stack, stack.name).toMatchObject({ terminationProtection: true });
  }
});

describe('the functions', () => {
  const of = (template: Template) => propertiesOf(template, 'AWS::Lambda::Function');
  /** The configuration of a function. Where the text refers to a resource, its reference stands as `{"Ref":…}`. */
  const configOf = (template: Template, name: string) => {
    const found = of(template).find(({ FunctionName }) => FunctionName === name);
    const text = found?.Environment.Variables.TRAILKEEPER_CONFIG;
    const parts: readonly unknown[] = text['Fn::Join']?.[1] ?? [text];
    return JSON.parse(
      parts
        .map((part) =>
          typeof part === 'string' ? part : JSON.stringify(JSON.stringify(part)).slice(1, -1),
        )
        .join(''),
    );
  };
  const reference = (template: Template, type: string, id: string) =>
    JSON.stringify({ Ref: idOf(template, type, id) });

  test('are six, and a seventh that answers Slack if there are approvers in Slack', () => {
    const namesIn = (template: Template) => of(template).map(({ FunctionName }) => FunctionName);

    expect(namesIn(shipped).toSorted()).toEqual(functionNames);
    expect(namesIn(whole).toSorted()).toEqual(withInteract.toSorted());
  });

  test('get the configured mode', () => {
    for (const name of functionNames) {
      expect(configOf(shipped, name).mode).toBe('observe');
      expect(configOf(mainTemplateIn(enforce), name).mode).toBe('enforce');
    }
  });

  test('run on Node.js 24 and arm64', () => {
    shipped.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    });
  });

  test('get the state table, and the role whose calls are self-triggered', () => {
    for (const template of [shipped, whole]) {
      const [table] = propertiesOf(template, 'AWS::DynamoDB::Table');
      for (const name of functionNames) {
        const { table: given, role } = configOf(template, name);
        expect(given).toBe(table?.TableName);
        expect(role).toBe('arn:aws:iam::111122223333:role/Trailkeeper-Reconcile');
      }
    }
  });

  test('that write to trails share one role, and each other function has its own', () => {
    const roles = Object.fromEntries(
      of(shipped).map(({ FunctionName, Role }) => [FunctionName, Role]),
    );
    const reconcile = arnOf(shipped, 'AWS::IAM::Role', 'ReconcileRole');

    expect(roles).toEqual({
      'Trailkeeper-Backfill': reconcile,
      'Trailkeeper-Sweep': reconcile,
      'Trailkeeper-Remediate': reconcile,
      'Trailkeeper-SelfCheck': arnOf(shipped, 'AWS::IAM::Role', 'SelfCheckRole'),
      'Trailkeeper-Alert': arnOf(shipped, 'AWS::IAM::Role', 'AlertRole'),
      'Trailkeeper-Audit': arnOf(shipped, 'AWS::IAM::Role', 'AuditRole'),
    });
  });

  test('may not invoke themselves, except backfill', () => {
    const loops = of(shipped).map(({ FunctionName, RecursiveLoop }) => [
      FunctionName,
      RecursiveLoop,
    ]);

    expect(Object.fromEntries(loops)).toEqual({
      'Trailkeeper-Backfill': 'Allow',
      'Trailkeeper-Sweep': undefined,
      'Trailkeeper-Remediate': undefined,
      'Trailkeeper-SelfCheck': undefined,
    });
  });

  test('get the configured number of lookups per second, by default one', () => {
    expect(configOf(shipped, 'Trailkeeper-Backfill').lookupsPerSecond).toBe(1);
    expect(configOf(whole, 'Trailkeeper-Backfill').lookupsPerSecond).toBe(2);
  });

  test('have the configured reserved concurrency', () => {
    whole.allResourcesProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 5 });
  });

  test('have no reserved concurrency by default', () => {
    shipped.allResourcesProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: Match.absent(),
    });
  });

  test('have the code hashes that the self-check expects', () => {
    for (const [cdkOut, template, deployed] of [
      [observe, shipped, functionNames],
      [everything, whole, withInteract],
    ] as const) {
      const { code } = selfCheckFacts(cdkOut, template);
      const selfCheck = configOf(template, 'Trailkeeper-SelfCheck').selfCheck.code;
      const hashes = deployed.map((name) => [
        name.replace(/^Trailkeeper-(.)/, (_, initial) => initial.toLowerCase()),
        createHash('sha256')
          .update(zipOf(cdkOut, template, name))
          .digest('base64'),
      ]);

      expect({ ...code, selfCheck }).toEqual(Object.fromEntries(hashes));
      expect(new Set([...Object.values(code), selfCheck]).size).toBe(deployed.length);
    }
  });

  test('contain what each role is granted, for the self-check', () => {
    for (const [cdkOut, template] of [
      [observe, shipped],
      [everything, whole],
    ] as const) {
      const deployed = selfCheckFacts(cdkOut, template);
      const granted = Object.entries(template.findResources('AWS::IAM::Role')).map(
        ([id, { Properties }]) => [
          Properties.RoleName,
          {
            TrustedBy: Properties.AssumeRolePolicyDocument.Statement.map(
              ({ Principal }: Properties) => Principal.Service,
            ),
            Actions: [...new Set(statementsOf(template, id).flatMap(({ Action }) => Action))],
          },
        ],
      );

      for (const [name, { TrustedBy, Actions }] of granted) {
        expect(deployed.roles[name]).toEqual({ TrustedBy, Actions: Actions.toSorted() });
      }
      expect(Object.keys(deployed.roles)).toHaveLength(granted.length);
    }
  });

  test('contain the topology and the settings, for the self-check', () => {
    expect(selfCheckFacts(everything, whole)).toMatchObject({
      topology: {
        account: '111122223333',
        region: 'eu-central-1',
        homeRegions: ['eu-central-1', 'eu-west-1'],
        delegatedAdministrators: ['222233334444', '333344445555'],
      },
      sweepEvery: '10 minutes',
      reservedConcurrency: 5,
      config: { mode: 'enforce' },
    });
  });

  test('contain the facts that the metadata of the template has for doctor', () => {
    const { Metadata } = whole.toJSON();

    expect(JSON.parse(Metadata.Trailkeeper)).toEqual({
      facts: selfCheckFacts(everything, whole),
      code: configOf(whole, 'Trailkeeper-SelfCheck').selfCheck.code,
    });
  });

  test('have the approver keys and the configured trails in their code', () => {
    for (const name of functionNames) {
      expect(factsIn(zipOf(everything, whole, name)).signing).toEqual({
        keys: [expect.stringMatching(/^[A-Za-z0-9+/]+=*$/)],
        trails: [
          'arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization',
          'arn:aws:cloudtrail:eu-west-1:111122223333:trail/west',
        ],
      });
    }
  });

  test('that alert or answer in Slack have the channels in their code, and no other has', () => {
    const { channels } = parseDeployment(configuration);

    for (const name of withInteract) {
      const facts = factsIn(zipOf(everything, whole, name));
      const isOfChannels = ['Trailkeeper-Alert', 'Trailkeeper-Interact'].includes(name);
      expect(facts.channels, name).toEqual(isOfChannels ? channels : undefined);
    }
  });

  test('get the topic, and the log groups that an alert links to', () => {
    const { alerts, logGroups } = configOf(whole, 'Trailkeeper-Alert');

    expect(alerts).toEqual({
      topic: 'arn:aws:sns:eu-central-1:111122223333:Trailkeeper-Alarms',
      redactPrincipals: true,
    });
    expect(logGroups).toEqual([
      reference(whole, 'AWS::Logs::LogGroup', 'SweepLog'),
      reference(whole, 'AWS::Logs::LogGroup', 'RemediateLog'),
    ]);
  });

  test('get the identifiers that exist only after the deployment, if they check them', () => {
    expect(configOf(whole, 'Trailkeeper-SelfCheck').selfCheck).toEqual({
      mapping: reference(whole, 'AWS::Lambda::EventSourceMapping', 'AuditMapping'),
      code: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
    });
    expect(configOf(whole, 'Trailkeeper-Sweep')).not.toHaveProperty('selfCheck');
  });

  const zipOf = (cdkOut: string, template: Template, name: string): Uint8Array => {
    const found = Object.values(template.findResources('AWS::Lambda::Function')).find(
      ({ Properties }) => Properties.FunctionName === name,
    );
    return readFileSync(join(cdkOut, found?.Metadata['aws:asset:path']));
  };
  const factsIn = (zip: Uint8Array): SelfCheckFacts & Partial<ChannelFacts> =>
    JSON.parse(new TextDecoder().decode(unzipSync(zip)['deployed.json']));
  const selfCheckFacts = (cdkOut: string, template: Template): SelfCheckFacts =>
    factsIn(zipOf(cdkOut, template, 'Trailkeeper-SelfCheck'));
});

test('the same code makes the same bundle', async () => {
  const assets = (cdkOut: string) => Object.keys(read(cdkOut, 'Trailkeeper.assets.json').files);
  const code = (cdkOut: string) =>
    Object.values(mainTemplateIn(cdkOut).findResources('AWS::Lambda::Function')).map(
      ({ Metadata }) =>
        createHash('sha256')
          .update(
            unzipSync(readFileSync(join(cdkOut, Metadata['aws:asset:path'])))['index.mjs'] ?? '',
          )
          .digest('hex'),
    );

  expect(code(enforce)).toEqual(code(observe));
  expect(assets(observe)).toHaveLength(7);
});

test('resource names are unique in an account and Region, and role names in an account', () => {
  for (const cdkOut of [observe, everything]) {
    const named = stacksIn(cdkOut).flatMap(({ account, region, template }) =>
      Object.values(template.toJSON().Resources as object).flatMap(({ Type, Properties }) => {
        const place = Type === 'AWS::IAM::Role' ? account : `${account} ${region}`;
        const bus = JSON.stringify(Properties.EventBusName ?? null);
        return physicalName(Properties).map((name) => `${place} ${Type} ${bus} ${name}`);
      }),
    );

    expect(named.length).toBeGreaterThan(20);
    expect(named.toSorted()).toEqual([...new Set(named)].toSorted());
  }
});

/** What a resource is called, where the template says so. */
const physicalName = (properties: Record<string, unknown>): string[] =>
  Object.entries(properties)
    .filter(([key]) => /^(Name|(Function|Role|Queue|Topic|Archive|Trail|Dashboard)Name)$/.test(key))
    .map(([, name]) => name)
    .filter((name) => typeof name === 'string');

describe('the outputs', () => {
  const outputs = (template: Template) => Object.keys(template.toJSON().Outputs).toSorted();
  const always = [
    'AlarmTopicArn',
    'AlertFunctionName',
    'AlertLogGroupName',
    'AlertRoleArn',
    'ArchiveArn',
    'BackfillFunctionName',
    'BackfillLogGroupName',
    'AuditFunctionName',
    'AuditLogGroupName',
    'DeadLetterQueueUrl',
    'EventBusArn',
    'EventSourceMappingId',
    'ReconcileRoleArn',
    'HomeRegions',
    'MaxWindowHours',
    'Mode',
    'RemediateFunctionName',
    'RemediateLogGroupName',
    'Signing',
    'StateTableName',
    'SweepEvery',
    'SweepFunctionName',
    'SweepLogGroupName',
    'SweepScheduleName',
    'SelfCheckFunctionName',
    'SelfCheckLogGroupName',
    'SelfCheckRoleArn',
    'SelfCheckScheduleName',
  ];
  const configured = [
    'DashboardName',
    'DelegatedAdministrators',
    'DependencyAccounts',
    'InteractFunctionName',
    'InteractLogGroupName',
    'SentinelTrailArn',
    'SigningKeyArn',
    'SlackRequestUrl',
    'SlackSecretArn',
    'SlackSigningSecretArn',
    'PagerDutySecretArn',
    'JSMSecretArn',
    'TeamsSecretArn',
    'WebhookSecretArn',
  ];

  test('name what a check from a shell needs', () => {
    expect(outputs(shipped)).toEqual(always.toSorted());
    expect(outputs(whole)).toEqual([...always, ...configured].toSorted());
  });

  test.each([
    ['AlarmTopicArn', 'AWS::SNS::Topic'],
    ['AlertFunctionName', 'AWS::Lambda::Function'],
    ['ArchiveArn', 'AWS::Events::Archive'],
    ['BackfillFunctionName', 'AWS::Lambda::Function'],
    ['BackfillLogGroupName', 'AWS::Logs::LogGroup'],
    ['DeadLetterQueueUrl', 'AWS::SQS::Queue'],
    ['EventBusArn', 'AWS::Events::EventBus'],
    ['AlertRoleArn', 'AWS::IAM::Role'],
    ['ReconcileRoleArn', 'AWS::IAM::Role'],
    ['RemediateFunctionName', 'AWS::Lambda::Function'],
    ['RemediateLogGroupName', 'AWS::Logs::LogGroup'],
    ['SentinelTrailArn', 'AWS::CloudTrail::Trail'],
    ['SlackSecretArn', 'AWS::SecretsManager::Secret'],
    ['SlackSigningSecretArn', 'AWS::SecretsManager::Secret'],
    ['StateTableName', 'AWS::DynamoDB::Table'],
    ['SweepFunctionName', 'AWS::Lambda::Function'],
    ['SweepLogGroupName', 'AWS::Logs::LogGroup'],
    ['SelfCheckFunctionName', 'AWS::Lambda::Function'],
    ['SelfCheckLogGroupName', 'AWS::Logs::LogGroup'],
    ['SelfCheckRoleArn', 'AWS::IAM::Role'],
  ])('name as %s a resource of type %s', (output, type) => {
    const { Resources, Outputs } = whole.toJSON();
    const { Ref, 'Fn::GetAtt': attribute } = Outputs[output].Value;

    expect(Resources[Ref ?? attribute[0]].Type).toBe(type);
  });

  test.each(['Alert', 'Backfill', 'Audit', 'Remediate', 'Sweep', 'SelfCheck'])(
    'name the right function %s, and its log',
    (name) => {
      const { Resources, Outputs } = whole.toJSON();
      const { Properties } = Resources[Outputs[`${name}FunctionName`].Value.Ref];

      expect(Properties.FunctionName).toBe(`Trailkeeper-${name}`);
      expect(Outputs[`${name}LogGroupName`].Value).toEqual(Properties.LoggingConfig.LogGroup);
    },
  );

  test.each(['Sweep', 'SelfCheck'])('name the schedule of %s', (name) => {
    const schedules = propertiesOf(whole, 'AWS::Scheduler::Schedule').map(({ Name }) => Name);

    expect(schedules).toContain(whole.toJSON().Outputs[`${name}ScheduleName`].Value);
  });

  test('have the configured values', () => {
    const { mode, sweepEvery, homeRegions, organization } = configuration;

    whole.hasOutput('Mode', { Value: mode });
    whole.hasOutput('SweepEvery', { Value: sweepEvery });
    whole.hasOutput('HomeRegions', { Value: homeRegions.join() });
    whole.hasOutput('DelegatedAdministrators', {
      Value: organization.delegatedAdministrators.join(),
    });
  });
});

describe('cdk-nag has no finding without a reason', () => {
  test.each([
    ['as it ships', observe],
    ['in mode enforce', enforce],
    ['with everything', everything],
  ])('%s', (_what, cdkOut) => expectNagSilent(cdkOut));
});
