import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { deploymentIn } from '#infra/context.ts';
import { cdkApp } from '../support/cdk-app.ts';

const management = '111122223333';
const delegate = '222233334444';
const trailkeeper = {
  mode: 'observe',
  account: management,
  region: 'us-east-1',
  approvers: [`arn:aws:iam::${management}:role/Security`],
  organization: {
    id: 'o-a1b2c3d4e5',
    delegatedAdministrators: [delegate],
  },
};
/** The configuration with overrides by `-c`, which the CDK passes as text. */
const configured = (overrides: Record<string, string> = {}, credentialsOf?: string) =>
  deploymentIn(cdkApp({ trailkeeper, ...overrides }).node, credentialsOf);

describe('-c trailkeeper.KEY=VALUE', () => {
  test('overrides a key of cdk.json', () => {
    expect(configured({ 'trailkeeper.region': 'eu-west-1' }).region).toBe('eu-west-1');
  });

  test('overrides a nested key, and keeps its siblings', () => {
    expect(configured({ 'trailkeeper.organization.id': 'o-zzzzzzzzzz' }).organization).toEqual({
      ...trailkeeper.organization,
      id: 'o-zzzzzzzzzz',
    });
  });

  test('adds a key that cdk.json does not have', () => {
    const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:slack-a1b2c3';

    expect(configured({ 'trailkeeper.channels.slack.secret': secret }).channels.slack).toEqual({
      minSeverity: 'low',
      secret,
    });
  });

  test('accepts a list, a number, a boolean and an object as JSON', () => {
    expect(
      configured({
        'trailkeeper.homeRegions': '["us-east-1","eu-west-1"]',
        'trailkeeper.archiveDays': '7',
        'trailkeeper.sentinel': 'true',
        'trailkeeper.channels.slack': '{}',
      }),
    ).toMatchObject({
      homeRegions: ['us-east-1', 'eu-west-1'],
      archiveDays: 7,
      sentinel: true,
      channels: { slack: {} },
    });
  });

  test('accepts an account ID, which looks like a number', () => {
    const approvers = '["arn:aws:iam::333344445555:role/Security"]';
    const other = { 'trailkeeper.account': '333344445555', 'trailkeeper.approvers': approvers };

    expect(configured(other).account).toBe('333344445555');
  });

  test('is refused for an unknown key', () => {
    expect(() => configured({ 'trailkeeper.mod': 'enforce' })).toThrow('"mod"');
  });
});

test('cdk.json ships without a configuration, and synthesis says what to run', () => {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

  expect(() => deploymentIn(cdkApp(context).node, management)).toThrow(
    'run npx --no -- trailkeeper init',
  );
});

describe('the credentials of a deployment', () => {
  test('may be those of the account, of a delegated administrator, or none', () => {
    for (const account of [management, delegate, undefined]) {
      expect(configured({}, account)).toMatchObject({ mode: 'observe' });
    }
  });

  test('are refused if they are of any other account', () => {
    const refused = () => configured({}, '444455556666');

    expect(refused).toThrow('the credentials are of account 444455556666');
    expect(refused).toThrow(`Use credentials of account ${management}`);
  });
});

test('a refused synthesis fails with one line and without a stack trace', async () => {
  const CDK_CONTEXT_JSON = JSON.stringify({ trailkeeper });
  const env = { ...process.env, CDK_CONTEXT_JSON, CDK_DEFAULT_ACCOUNT: '444455556666' };
  const run = promisify(execFile)(process.execPath, ['infra/app.ts'], { env });

  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^cdk\.json, context: trailkeeper\.account: .+\n$/),
  });
});
