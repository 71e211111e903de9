import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { DeleteRoleCommand, DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { DeleteBucketCommand } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { tamperAttacks } from '#sandbox/tamper-attacks.ts';
import { type Account, ownAccount, testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { tooWide } from '../support/pseudo-terminal.ts';

const account = testAccount();
let lambda: LambdaClient;

beforeAll(async () => {
  lambda = new LambdaClient(account.configOf());
});
afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

const doctor = (...args: string[]) => account.trailkeeper(['doctor', ...args]);

type Finding = { readonly status: string; readonly message: string; readonly remedy: string };
type Answer = {
  readonly isWell: boolean;
  readonly checks: readonly { readonly name: string; readonly findings: readonly Finding[] }[];
};

/** The findings that are wrong, of one check or of all. */
async function wrong(check?: string): Promise<readonly Finding[]> {
  const { code, stdout } = await doctor('--json');
  const { isWell, checks }: Answer = JSON.parse(stdout);
  expect(code).toBe(isWell ? 0 : 1);
  const wrongOf = (findings: readonly Finding[]) =>
    findings.filter(({ status }) => status === 'wrong');
  expect(isWell).toBe(checks.every(({ findings }) => wrongOf(findings).length === 0));
  return checks
    .filter(({ name }) => check === undefined || name === check)
    .flatMap(({ findings }) => wrongOf(findings));
}

test('finds nothing wrong in an unchanged deployment that sweeps', async () => {
  await account.swept();

  const { code, stdout, stderr } = await doctor();

  expect(stderr).toBe('');
  expect(stdout).not.toContain('wrong');
  expect(stdout).toMatch(/^ok +heartbeat +1 sweep in the last 5 minutes$/m);
  expect(stdout).toMatch(/^ok +trails +org-trail \(us-east-1\) is in sync with version 1$/m);
  expect(stdout).toMatch(/^no problems found$/m);
  expect(code).toBe(0);
});

test('reports a missing heartbeat, and what to do', async () => {
  const { code, stdout } = await doctor();

  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^wrong heartbeat +no sweep has finished .*\n +→ check the log of the function Trailkeeper-Sweep/m,
  );
  expect(stdout).toMatch(/^1 problem$/m);
});

test('fits 80 columns, apart from a longer command or word', async () => {
  const Item = { pk: account.trail, sk: 'baseline#000001', document: '{}' };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
  const { iam } = account.clientsOf();
  await iam.send(
    new DeleteRolePolicyCommand({
      RoleName: 'org-trail-to-cloudwatch-logs',
      PolicyName: 'deliver',
    }),
  );

  const { stdout } = await doctor();

  const text = stdout.replaceAll(/^.{19}(→ )?/gm, (head) => ' '.repeat(head.length));
  expect(tooWide(text)).toEqual([]);
});

test('reports what a baseline restores and the configuration does not allow to restore', async () => {
  await captureWith(account, { key: 'restore' });

  const found = await wrong('dependencies');

  expect(found.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the key arn:aws:kms:.* cannot be restored, although its baseline /),
  ]);
});

describe('in mode observe', () => {
  const observing = testAccount({ mode: 'observe' });

  test('nothing is wrong with a baseline that restores what mode enforce could', async () => {
    await captureWith(observing, { key: 'restore' });

    const { stdout } = await observing.trailkeeper(['doctor', '--json']);

    const { checks }: Answer = JSON.parse(stdout);
    const { findings = [] } = checks.find(({ name }) => name === 'dependencies') ?? {};
    expect(findings.map(({ status }) => status)).toEqual(['ok']);
  });
});

describe('reports a change of the deployment', () => {
  const expected: Readonly<Record<string, RegExp>> = {
    G1: /us-east-1:\d+:rule\/Trailkeeper-Trail-cloudtrail\.State is "DISABLED"/,
    G2: /eu-central-1:\d+:rule\/Trailkeeper-Trail-cloudtrail\.State is "DISABLED"/,
    G3: /schedules\.Trailkeeper-Sweep is gone/,
  };

  test.each(tamperAttacks.map(({ id, title, call }) => [title, id, call] as const))(
    '%s',
    async (_, id, call) => {
      await account.swept();
      await call(account.endpoint);

      const found = await wrong();

      expect(found.map(({ message }) => message).join('\n')).toMatch(expected[id] ?? /functions\./);
      expect(found[0]?.remedy).toContain('npx cdk deploy --all --revert-drift');
    },
  );

  test('the mode changed in the variables of every function', async () => {
    await account.swept();
    for (const name of ['Sweep', 'Remediate', 'SelfCheck']) {
      const FunctionName = `Trailkeeper-${name}`;
      const query = new GetFunctionConfigurationCommand({ FunctionName });
      const { Environment } = await lambda.send(query);
      const { TRAILKEEPER_CONFIG = '{}', ...others } = Environment?.Variables ?? {};
      const config = { ...JSON.parse(TRAILKEEPER_CONFIG), mode: 'observe' };
      const Variables = { ...others, TRAILKEEPER_CONFIG: JSON.stringify(config) };
      await lambda.send(
        new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
      );
    }

    const found = await wrong();

    expect(found.map(({ message }) => message)).toEqual(
      ['Sweep', 'Remediate', 'SelfCheck'].map((name) =>
        expect.stringMatching(
          `Trailkeeper-${name}.*TRAILKEEPER_CONFIG.mode is "observe", must be "enforce"`,
        ),
      ),
    );
  });
});

test('reports drift, dead letters and an unsigned version', async () => {
  await account.swept();
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  const QueueUrl = account.outputs.DeadLetterQueueUrl;
  await account.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
  expect(await wrong()).toEqual([
    { status: 'wrong', message: '1 message', remedy: 'npx --no -- trailkeeper redrive' },
    {
      status: 'wrong',
      message: 'org-trail (us-east-1): logging.IsLogging is false, must be true',
      remedy: expect.stringContaining('npx --no -- trailkeeper plan'),
    },
  ]);

  const Item = { pk: account.trail, sk: 'baseline#000001', document: '{}' };
  await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
  const faults = (await wrong()).map(({ message }) => message).join('\n');
  expect(faults).toContain('version 1 is not signed by an approver');
  expect(faults).toContain('its copy is used');
});

test('reports a check that failed, and runs the others', async () => {
  await account.swept();
  const error = 'AccessDeniedException';
  await account.fault({ service: 'cloudformation', operation: 'GetTemplateSummary', error });

  const { code, stdout, stderr } = await doctor();

  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout).toMatch(
    /^wrong deployment +the check failed\n +→ .*your\s+credentials lack this permission/m,
  );
  expect(stdout).toMatch(/^ok +dead letters +none$/m);
  expect(stdout).toMatch(/^ok +trails /m);
});

describe('recovery', () => {
  test('can read the event history of every account', async () => {
    await account.swept();

    const { stdout } = await doctor();

    expect(stdout).toMatch(
      /^ok +recovery +events are recovered to s3:\/\/recovered-events\/recovered$/m,
    );
    expect(stdout).toMatch(/^ok +recovery +event history of 3 accounts can be read$/m);
  });

  test('cannot read that of an account without the role', async () => {
    await account.swept();
    const { iam } = account.clientsOf('333344445555');
    const RoleName = 'Trailkeeper-EventHistory';
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'ReadEventHistory' }));
    await iam.send(new DeleteRoleCommand({ RoleName }));

    expect(await wrong('recovery')).toMatchObject([
      {
        message: expect.stringContaining(
          'event history of account 333344445555 cannot be read: the role arn:aws:iam::333344445555:role/Trailkeeper-EventHistory cannot be assumed',
        ),
        remedy: expect.stringContaining('deploy --event-history-template FILE'),
      },
    ]);
  });

  test('cannot write to a bucket that is gone', async () => {
    await account.swept();
    const { s3 } = account.clientsOf('111122223333');
    await s3.send(new DeleteBucketCommand({ Bucket: 'recovered-events' }));

    expect(await wrong('recovery')).toMatchObject([
      { message: expect.stringContaining('events cannot be recovered to s3://recovered-events') },
    ]);
  });

  test('is not checked without the permission to invoke its function', async () => {
    await account.swept();
    await account.fault({
      service: 'lambda',
      operation: 'Invoke',
      error: 'AccessDeniedException',
      times: 10,
    });

    const { stdout } = await doctor();

    expect(stdout).toMatch(
      /^note +recovery +what recovery can read was not checked: no permission$/m,
    );
  });
});

describe('the Slack secret', () => {
  const put = (SecretString: string) => {
    const client = new SecretsManagerClient(account.configOf());
    const SecretId = account.outputs.SlackSecretArn;
    return client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  };

  test.each([
    ['xoxb-123-abc', 'the token of a Slack bot'],
    ['https://hooks.slack.com/services/T0/B0/abc', 'the URL of a Slack webhook'],
  ])('is valid as %s, and is not printed', async (value, words) => {
    await account.swept();
    await put(value);

    const { code, stdout } = await doctor();

    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^ok +channels +${words}$`, 'm'));
    expect(stdout).not.toContain(value);
  });

  test('is wrong if it has another form, and is not printed', async () => {
    await account.swept();
    await put('hunter2');

    const { code, stdout, stderr } = await doctor();

    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^wrong channels +alerts cannot be sent to Slack\n +→ Slack's secret must be the URL/m,
    );
    expect(`${stdout}${stderr}`).not.toContain('hunter2');
  });

  test('comes first, if alerts ended in the dead-letter queue without it', async () => {
    await account.swept();
    await put('hunter2');
    const QueueUrl = account.outputs.DeadLetterQueueUrl;
    await account.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));

    expect(await wrong('dead letters')).toContainEqual({
      status: 'wrong',
      message: '1 message, perhaps alerts that Slack could not get',
      remedy: 'first set the secret of Slack (see channels), then npx --no -- trailkeeper redrive',
    });
  });
});

describe('who is alerted', () => {
  /** The findings about it. */
  async function recipientsIn({ trailkeeper }: Pick<Account, 'trailkeeper'>): Promise<unknown> {
    const { checks } = JSON.parse((await trailkeeper(['doctor', '--json'])).stdout);
    return checks.find(({ name }: { readonly name: string }) => name === 'recipients').findings;
  }

  async function subscribe(to: Account, Protocol: string, Endpoint: string): Promise<void> {
    const client = new SNSClient(to.configOf());
    const TopicArn = to.outputs.AlarmTopicArn;
    await client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint }));
  }

  test('is no one by alarms if only Slack is configured', async () => {
    expect(await recipientsIn(account)).toEqual([
      {
        status: 'note',
        message: expect.stringContaining('alarms reach no one'),
        remedy: expect.stringContaining('trailkeeper init --emails'),
      },
    ]);
  });

  test('is no one until an address is confirmed, without Slack', async () => {
    const cdkOut = inject('cdkOut').enforce;
    const quiet = await ownAccount({ cdkOut, cli: async () => {} });
    const noOne = { status: 'wrong', message: expect.stringContaining('alerts reach no one') };
    expect(await recipientsIn(quiet)).toMatchObject([noOne]);

    await subscribe(quiet, 'email', 'soc@example.com');
    expect(await recipientsIn(quiet)).toEqual([
      {
        status: 'wrong',
        message: expect.stringContaining('reach no one: 1 subscription waits for confirmation'),
        remedy: expect.stringMatching(/^confirm/),
      },
    ]);

    await subscribe(quiet, 'sqs', 'arn:aws:sqs:us-east-1:111122223333:alarms');
    expect(await recipientsIn(quiet)).toMatchObject([{ status: 'ok' }, { status: 'note' }]);
  });

  test('is found behind a hundred addresses that wait for confirmation', async () => {
    const cdkOut = inject('cdkOut').enforce;
    const quiet = await ownAccount({ cdkOut, cli: async () => {} });
    const addresses = Array.from({ length: 100 }, (_, i) => `soc-${i}@example.com`);
    for (const address of addresses) await subscribe(quiet, 'email', address);
    await subscribe(quiet, 'sqs', 'arn:aws:sqs:us-east-1:111122223333:alarms');

    expect(await recipientsIn(quiet)).toMatchObject([
      { status: 'ok', message: expect.stringContaining('1 subscription of') },
      { status: 'note', message: expect.stringContaining('100 subscriptions wait') },
    ]);
  });

  test('is a note if the subscriptions may not be read', async () => {
    const error = 'AuthorizationError';
    await account.fault({ service: 'sns', operation: 'ListSubscriptionsByTopic', error, times: 9 });

    expect(await recipientsIn(account)).toMatchObject([
      { status: 'note', remedy: expect.stringContaining('sns:ListSubscriptionsByTopic') },
    ]);
  });
});
