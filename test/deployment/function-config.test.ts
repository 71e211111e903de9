import { expect, test } from 'vitest';
import { ConfigError, parseDeployment } from '#deployment/config.ts';
import {
  comparableEnvironment,
  deployedIds,
  factsOf,
  functionEnvironment,
  ownRolesOf,
  parseFunctionConfig,
  synthesizedConfig,
} from '#deployment/function-config.ts';

const given = {
  mode: 'observe',
  region: 'us-east-1',
  account: '111122223333',
  approvers: ['arn:aws:iam::111122223333:role/Security'],
  lookupsPerSecond: 1.5,
};
const deployment = parseDeployment(given);
const config = { ...synthesizedConfig(deployment), logGroups: ['sweep-log', 'remediate-log'] };
const selfCheck = { mapping: 'mapping-id', code: 'c2hh' };

test('a function reads the configuration that was deployed', () => {
  expect(parseFunctionConfig(functionEnvironment(config))).toEqual(config);
  expect(config).toMatchObject({
    mode: 'observe',
    table: 'Trailkeeper-State',
    role: 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile',
    rules: {
      remindEvery: 6,
      flappingAfter: 5,
      maxWindowHours: 4,
      repairsBeforeBackoff: 3,
      approval: { minutes: 60, otherwise: 'restore' },
    },
    lookupsPerSecond: 1.5,
    alerts: {
      topic: 'arn:aws:sns:us-east-1:111122223333:Trailkeeper-Alarms',
      redactPrincipals: false,
    },
  });
});

test('a function knows the watchtower, the runbook and the deadline of approvals, if they are configured', () => {
  const runbook = 'https://soc.example.com/runbook';
  const whole = synthesizedConfig(
    parseDeployment({
      ...given,
      watchtower: { account: '444455556666' },
      alerts: { runbook },
      approval: { minutes: 30, otherwise: 'alert' },
    }),
  );

  expect(whole).toMatchObject({
    watchtower: '444455556666',
    alerts: { runbook },
    rules: { approval: { minutes: 30, otherwise: 'alert' } },
  });
  expect(parseFunctionConfig(functionEnvironment({ ...whole, logGroups: [] }))).toMatchObject(
    whole,
  );
  expect(config).not.toHaveProperty('watchtower');
  expect(config.alerts).not.toHaveProperty('runbook');
});

test.each<[what: string, variable: string | undefined, message: string]>([
  ['no variable', undefined, 'TRAILKEEPER_CONFIG: '],
  ['text that is not JSON', 'mode=observe', 'TRAILKEEPER_CONFIG: '],
  ['no mode', without('mode'), 'TRAILKEEPER_CONFIG.mode: must be "observe"'],
  ['another mode', withField({ mode: 'on' }), 'TRAILKEEPER_CONFIG.mode: must be "observe"'],
  ['no table', without('table'), 'TRAILKEEPER_CONFIG.table: is missing'],
  ['no role', without('role'), 'TRAILKEEPER_CONFIG.role: is missing'],
  ['no alerts', without('alerts'), 'TRAILKEEPER_CONFIG.alerts: '],
  ['no log groups', without('logGroups'), 'TRAILKEEPER_CONFIG.logGroups: is missing'],
  [
    '0 lookups per second',
    withField({ lookupsPerSecond: 0 }),
    'TRAILKEEPER_CONFIG.lookupsPerSecond: must be more than 0',
  ],
])('a function does not start with %s', (_what, variable, message) => {
  const starting = () => parseFunctionConfig({ TRAILKEEPER_CONFIG: variable });

  expect(starting).toThrow(ConfigError);
  expect(starting).toThrow(message);
  expect(starting).toThrow('npx cdk deploy --all --revert-drift');
});

test.each<[what: string, field: object, message: string]>([
  ['a table that is no text', { table: 1 }, 'table: must be a string'],
  ['an empty table', { table: '' }, 'table: must not be empty'],
  ['text for a number', { lookupsPerSecond: '1' }, 'lookupsPerSecond: must be a number'],
  ['one log group', { logGroups: 'log' }, 'logGroups: must be a list of log groups'],
  ['a self-check without fields', { selfCheck: {} }, 'selfCheck.mapping: is missing'],
  ['facts without fields', { facts: {} }, 'facts.organization: is missing'],
  [
    'an account without an ID',
    { dependencyAccounts: [{}] },
    'dependencyAccounts.0.account: is missing',
  ],
])('a function names what is wrong with %s', (_what, field, message) => {
  expect(() => parseFunctionConfig({ TRAILKEEPER_CONFIG: withField(field) })).toThrow(
    `TRAILKEEPER_CONFIG.${message}`,
  );
});

test('a function of a version without other accounts has none', () => {
  const variable = without('dependencyAccounts');

  expect(parseFunctionConfig({ TRAILKEEPER_CONFIG: variable }).dependencyAccounts).toEqual([]);
});

test('our roles are that of the functions, and one in each account of a dependency', () => {
  const role = 'arn:aws-cn:iam::111122223333:role/Trailkeeper-Reconcile';
  const dependencyAccounts = [{ account: '222233334444', externalId: 'an-external-id' }];

  expect(ownRolesOf({ role, dependencyAccounts })).toEqual([
    role,
    'arn:aws-cn:iam::222233334444:role/Trailkeeper-Dependencies',
  ]);
});

test('only a function of a static template has facts', () => {
  const facts = { organization: null };

  expect(factsOf({ TRAILKEEPER_CONFIG: withField({ facts }) })).toEqual(facts);
  expect(factsOf(functionEnvironment(config))).toBeUndefined();
  expect(factsOf({ TRAILKEEPER_CONFIG: 'not JSON' })).toBeUndefined();
  expect(factsOf({})).toBeUndefined();
});

test('an environment without a configuration is compared as it is', () => {
  expect(comparableEnvironment({ A: '1' })).toStrictEqual({ A: '1' });
});

test('the self-check does not start without its identifiers', () => {
  expect(deployedIds({ ...config, selfCheck })).toEqual({ logGroups: config.logGroups, selfCheck });
  expect(() => deployedIds(config)).toThrow('TRAILKEEPER_CONFIG.selfCheck: is missing');
});

test('environments are compared by field, whatever the order of the fields', () => {
  const environment = functionEnvironment(config);

  expect(comparableEnvironment(environment)).toEqual({
    ...environment,
    TRAILKEEPER_CONFIG: config,
  });
  expect(comparableEnvironment({ TRAILKEEPER_CONFIG: 'not JSON', A: '1' })).toEqual({
    TRAILKEEPER_CONFIG: 'not JSON',
    A: '1',
  });
});

function without(field: string): string {
  const { [field]: _, ...others } = config as Record<string, unknown>;
  return JSON.stringify(others);
}

function withField(field: object): string {
  return JSON.stringify({ ...config, ...field });
}
