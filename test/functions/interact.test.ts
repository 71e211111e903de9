import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  AddPermissionCommand,
  LambdaClient,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { messageText } from '#sandbox/slack/message-text.ts';
import type { SlackMessage } from '#sandbox/slack/workspace.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { type Signed, sendTo, signed } from '../support/slack-requests.ts';
import { teamTag } from '../support/team-tag.ts';

const alice = 'arn:aws:iam::111122223333:user/alice';
const approvers = { U0ALICE: alice, U0ADMIN: 'arn:aws:iam::111122223333:user/admin' };
const slack = { channel: 'C0SANDBOX', approvers };

const account = testAccount({
  mode: 'enforce',
  deployment: { channels: { ...deployment.channels, slack } },
});
let clicks = 0;

afterEach(() => rememberCalls());

/** The calls of the function's role in this file. */
const calls: string[] = [];
const denied: string[] = [];
const rememberCalls = () => {
  const own = account.calls.filter(({ principal }) => principal.includes('/Trailkeeper-Interact/'));
  calls.push(...own.map(({ service, operation }) => `${service}:${operation}`));
  denied.push(...own.flatMap(({ error }) => (error?.startsWith('AccessDenied') ? error : [])));
};

beforeEach(async () => {
  await account.reset();
  account.deliver({ ...account.perfectDelivery, drop: false, dropStreams: false });
  await captureWith(account, { tags: 'approve' });
});

async function cli(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await account.trailkeeper(args);
  if (code === 1) throw new Error(stderr);
  return stdout;
}

const tag = (value: string) => teamTag(account).set(value);
const tags = () => teamTag(account).list();

const send = (request: RequestInit): Promise<number> => sendTo(account, request);

type Block = {
  type: string;
  elements: { action_id: string; value: string; text: { text: string } }[];
};

/** The buttons of all messages, oldest first. */
async function buttons() {
  const messages = (await account.slack()) as readonly SlackMessage[];
  const all = messages.flatMap(({ blocks }) => blocks as readonly Block[]);
  return all.flatMap(({ type, elements }) => (type === 'actions' ? elements : []));
}

async function click(label: string, user = 'U0ALICE', more: Signed = {}) {
  clicks += 1;
  const button = (await buttons()).findLast(({ text }) => text.text === label);
  if (button === undefined) throw new Error(`no button ${label}`);
  const { action_id, value } = button;
  const payload = {
    type: 'block_actions',
    user: { id: user },
    trigger_id: `trigger-${clicks}`,
    response_url: `https://hooks.slack.com/actions/T0/${clicks}/x`,
    actions: [{ action_id, value }],
  };
  return signed({ payload: JSON.stringify(payload) }, more);
}

async function submit(values: object, user = 'U0ALICE') {
  clicks += 1;
  const modals = await inSlack<{ view: { callback_id: string; private_metadata: string } }>(
    'modals',
  );
  const { callback_id, private_metadata } = modals.at(-1)?.view ?? {};
  const view = { id: `V0${clicks}`, callback_id, private_metadata, state: { values } };
  return signed({
    payload: JSON.stringify({ type: 'view_submission', user: { id: user }, view, clicks }),
  });
}

const command = (text: string, user = 'U0ALICE') => {
  clicks += 1;
  return signed({
    ...{ command: '/trailkeeper', text, user_id: user, trigger_id: `trigger-${clicks}` },
    response_url: `https://hooks.slack.com/commands/T0/${clicks}/x`,
  });
};

const inSlack = async <One>(what: 'answers' | 'modals'): Promise<readonly One[]> =>
  (await fetch(`${account.endpoint}/_sandbox/slack-${what}`)).json() as never;
const lastAnswer = async () => (await inSlack<{ text: string }>('answers')).at(-1)?.text ?? '';
const thread = async () =>
  (await account.slack()).map((one) => messageText(one).join('\n')).join('\n');
const log = () =>
  account.invocations
    .filter(({ functionName }) => functionName === 'Trailkeeper-Interact')
    .flatMap((one) => one.log)
    .join('\n');

/** What the alarm on refused requests measures. */
const refusedRequests = async () => {
  const cloudwatch = new CloudWatchClient(account.configOf());
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      ...{ Namespace: 'trailkeeper', MetricName: 'RequestsRefused' },
      Dimensions: [{ Name: 'service', Value: 'trailkeeper' }],
      ...{ StartTime: new Date(Date.now() - 900_000), EndTime: new Date(Date.now() + 60_000) },
      ...{ Period: 3600, Statistics: ['Sum'] },
    }),
  );
  return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
};

describe('a button', () => {
  test('restores drift that waits for approval, and the thread says who decided', async () => {
    await tag('theirs');

    expect(await send(await click('Restore it'))).toBe(200);
    await account.settled();

    expect(await tags()).toEqual([]);
    expect(await lastAnswer()).toBe('You approved: org-trail is restored now.');
    expect(await thread()).toMatch(
      /tags\.TagsList: approved by alice \(Slack user U0ALICE\) at .* \(Slack\)/,
    );
  });

  test('leaves the drift if its restore is rejected', async () => {
    await tag('theirs');
    await send(await click('Leave it as it is'));
    await account.settled();

    expect(await tags()).toHaveLength(1);
    expect(await account.incidents()).toMatchObject([{ state: 'drifted' }]);
  });

  test('that two people click at once has one outcome, and the second person sees who was first', async () => {
    await tag('theirs');
    const [first, second] = [
      await click('Restore it'),
      await click('Leave it as it is', 'U0ADMIN'),
    ];
    await Promise.all([send(first), send(second)]);

    const [{ approvals } = { approvals: [] }] = await account.incidents();
    expect(approvals.filter(({ decision }) => decision !== null)).toHaveLength(1);
    const answers = (await inSlack<{ text: string }>('answers')).map(({ text }) => text);
    expect(answers.filter((text) => text.startsWith('You '))).toHaveLength(1);
    expect(answers.filter((text) => /Nothing was done/.test(text))).toHaveLength(1);
  });

  test('acknowledges the incident, once', async () => {
    await tag('theirs');
    const [first, second] = [await click('Acknowledge'), await click('Acknowledge', 'U0ADMIN')];
    await send(first);
    await send(second);

    expect(await account.incidents()).toMatchObject([
      { actions: [{ type: 'acknowledged', by: `${alice} (Slack user U0ALICE)` }] },
    ]);
    expect(await lastAnswer()).toMatch(/alice \(Slack user U0ALICE\) acknowledged it already/);
    expect((await buttons()).map(({ text }) => text.text)).not.toContain('Acknowledge');
  });

  test('shows the plan to the person alone', async () => {
    await tag('theirs');
    await send(await click('Show the plan'));

    expect(await lastAnswer()).toMatch(/tags\.TagsList must not have/);
    expect(await tags()).toHaveLength(1);
  });

  test('restores what a maintenance window suspends', async () => {
    await cli(...'window start org-trail --kinds tags --for 1h --reason retag --yes'.split(' '));
    await captureWith(account, {});
    await tag('theirs');
    expect(await account.incidents()).toMatchObject([{ state: 'suspended' }]);

    await send(await click('Restore now'));
    await account.settled();

    expect(await tags()).toEqual([]);
    expect(await thread()).toMatch(/restore asked for by alice/);
  });

  test('ends a maintenance window', async () => {
    await cli(...'window start org-trail --kinds tags --for 1h --reason retag --yes'.split(' '));
    await account.swept();
    await account.settled();

    await send(await click('End it'));

    expect(await lastAnswer()).toMatch(/You ended maintenance window/);
    expect(await cli('window', 'list')).toMatch(/no maintenance window is open/);
  });
});

describe('a modal', () => {
  test('asks why drift is accepted, and the command line completes it', async () => {
    await tag('theirs');
    await send(await click('Accept as the new baseline'));
    await send(await submit({ reason: { reason: { value: 'CHG-1 "$(id)"' } } }));

    const answer = await lastAnswer();
    expect(answer).toMatch(/npx --no -- trailkeeper capture arn:\S+ --reason "CHG-1 {3}\(id\) "/);
    expect(await account.incidents()).toMatchObject([
      { state: 'awaiting-approval', actions: [{ type: 'accept', reason: 'CHG-1 "$(id)"' }] },
    ]);
    expect(await cli('show', 'org-trail', '--json')).toContain('"version": 2');
  });

  test('asks for a maintenance window, which a person has to sign', async () => {
    await tag('theirs');
    await send(await click('Start a maintenance window'));
    const values = {
      kinds: { kinds: { selected_options: [{ value: 'tags' }] } },
      minutes: { minutes: { selected_option: { value: '60' } } },
      reason: { reason: { value: 'CHG-2' } },
    };
    await send(await submit(values));

    expect(await lastAnswer()).toMatch(
      /window start arn:\S+ --kinds tags --for 60m --reason "CHG-2"/,
    );
    expect(await account.incidents()).toMatchObject([{ actions: [{ type: 'window' }] }]);
  });
});

test('a person whose form Slack does not open is asked to try again, and the function does not fail', async () => {
  const expired = { operation: 'views.open', error: 'expired_trigger_id' };
  await account.fault({ service: 'slack', ...expired, times: 2 });

  expect(await send(command('window'))).toBe(200);
  expect(await lastAnswer()).toMatch(/^The form did not open: .*expired_trigger_id. Try again/);
});

test('a person reads that a request failed, and gets the answer once it succeeds', async () => {
  await account.settled();
  account.deliver({ lambdaRetryMs: 10 });
  const error = 'ResourceNotFoundException';
  await account.fault({ service: 'dynamodb', operation: 'Query', error });

  await send(command('status'));

  const answers = (await inSlack<{ text: string }>('answers')).map(({ text }) => text);
  expect(answers).toEqual([
    expect.stringMatching(/^This failed: .*If no answer follows, ask again\.$/),
    expect.stringMatching(/^org-trail: /),
  ]);
});

test('an approver who is removed cannot submit the form that they opened', async () => {
  await tag('theirs');
  await send(await click('Accept as the new baseline'));

  await send(await submit({ reason: { reason: { value: 'CHG-1' } } }, 'U0FORMER'));

  expect(await lastAnswer()).toMatch(/^Nothing was done: Slack user U0FORMER is not in/);
  expect(await account.incidents()).toMatchObject([{ actions: [] }]);
});

describe('the command', () => {
  test.each([
    ['status', /org-trail: awaiting-approval, low, since/],
    ['incidents', /org-trail: awaiting-approval/],
    ['nonsense', /Usage: \/trailkeeper/],
  ])('/trailkeeper %s answers the person', async (text, answer) => {
    await tag('theirs');

    expect(await send(command(text))).toBe(200);
    expect(await lastAnswer()).toMatch(answer);
  });

  test('/trailkeeper window asks for a window of any trail', async () => {
    await send(command('window'));

    expect(await inSlack('modals')).toMatchObject([
      { view: { callback_id: 'start-window', title: { text: 'Maintenance window' } } },
    ]);
  });
});

test('the integrity check finds the function and its URL as they were deployed', async () => {
  expect(await account.selfCheck()).toEqual({ result: { faults: [] } });
});

test('the integrity check reports a URL that Slack cannot use, and a function that everyone may invoke', async () => {
  const lambda = new LambdaClient(account.configOf());
  const FunctionName = 'Trailkeeper-Interact';
  await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName, AuthType: 'AWS_IAM' }));
  const opened = { StatementId: 'open', Action: 'lambda:InvokeFunction', Principal: '*' };
  await lambda.send(new AddPermissionCommand({ FunctionName, ...opened }));

  expect(await account.selfCheck()).toMatchObject({
    result: {
      faults: [
        expect.stringMatching(/^functions\.Trailkeeper-Interact\.Everyone .*InvokeFunction/),
        'functionUrls.Trailkeeper-Interact.AuthType is "AWS_IAM", must be "NONE"',
      ],
    },
  });
});

test.each([
  ['8f742231b10e8888abcd99eee2bb85a5\n', /^ok +channels +the signing secret of the Slack app$/m],
  ['hunter2 and\nmore', /^wrong +channels +no one can decide in Slack$/m],
])('doctor checks the signing secret, and does not print it', async (value, words) => {
  const secrets = new SecretsManagerClient(account.configOf());
  const SecretId = account.outputs.SlackSigningSecretArn;
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: value }));

  const { stdout } = await account.trailkeeper(['doctor']);

  expect(stdout).toMatch(words);
  expect(stdout).not.toContain(value.trim());
});

describe('a request is refused, logged, and changes nothing', () => {
  const isUntouched = async () => {
    const [{ approvals, actions } = { approvals: [], actions: [] }] = await account.incidents();
    expect(approvals.filter(({ decision }) => decision !== null)).toEqual([]);
    expect(actions).toEqual([]);
    expect(await tags()).toHaveLength(1);
  };

  test.each<[what: string, Signed, reason: string]>([
    ['is signed with another secret', { secret: 'another' }, 'forged'],
    ['is five minutes old', { ageSeconds: 301 }, 'late'],
    ['is from the future', { ageSeconds: -310 }, 'late'],
  ])('if it %s', async (_what, how, reason) => {
    await tag('theirs');

    expect(await send(await click('Restore it', 'U0ALICE', how))).toBe(401);
    expect(log()).toContain(`"reason":"${reason}"`);
    expect(await refusedRequests()).toBe(1);
    await isUntouched();
  });

  test('if it has no signature', async () => {
    await tag('theirs');
    const { body, method } = await click('Restore it');

    expect(await send({ body, method })).toBe(401);
    await isUntouched();
  });

  test('if its body was changed', async () => {
    await tag('theirs');
    const request = await click('Leave it as it is', 'U0MALLORY');

    expect(await send({ ...request, body: request.body.replace('U0MALLORY', 'U0ALICE') })).toBe(
      401,
    );
    await isUntouched();
  });

  test('if it is replayed', async () => {
    await tag('theirs');
    const request = await click('Show the plan');

    expect(await send(request)).toBe(200);
    expect(await send(request)).toBe(409);
    expect(log()).toContain('"reason":"replayed"');
    expect(await refusedRequests()).toBe(1);
    expect(await inSlack('answers')).toHaveLength(1);
  });

  test('if it is replayed after DynamoDB deleted its row, because it is too old by then', async () => {
    await tag('theirs');
    expect(await send(await click('Show the plan', 'U0ALICE', { ageSeconds: -290 }))).toBe(200);

    const { Items = [] } = await account.table.send(
      new QueryCommand({
        ...{ TableName: account.tableName, KeyConditionExpression: 'pk = :pk' },
        ExpressionAttributeValues: { ':pk': 'incident#slack-requests' },
      }),
    );
    const tooOld = Date.now() / 1000 + 290 + 300;
    expect(Items.map(({ expiresAt }) => expiresAt > tooOld)).toEqual([true]);
  });

  test('if it is too large to be from Slack', async () => {
    await tag('theirs');

    expect(await send(signed({ payload: 'x'.repeat(600_000) }))).toBe(413);
    await isUntouched();
  });

  test('if the Slack user may not decide, with an answer to that person', async () => {
    await tag('theirs');

    await send(await click('Restore it', 'U0MALLORY'));

    expect(await lastAnswer()).toMatch(/^Nothing was done: Slack user U0MALLORY is not in/);
    expect(log()).toContain('the Slack user may not decide');
    await isUntouched();
  });

  test.each<[what: string, form: object]>([
    ['no payload', {}],
    ['a payload that is not JSON', { payload: '{' }],
    ['null as payload', { payload: 'null' }],
    ['a command without a user', { command: '/trailkeeper', text: 'status' }],
  ])('if Slack signed it, and it has %s', async (_what, form) => {
    await tag('theirs');

    expect(await send(signed(form))).toBe(400);
    await isUntouched();
  });

  test('if it asks for something that no message offers', async () => {
    await tag('theirs');
    const payload = {
      ...{ type: 'block_actions', user: { id: 'U0ALICE' } },
      actions: [{ action_id: 'delete', value: JSON.stringify({ trail: account.trail }) }],
    };

    expect(await send(signed({ payload: JSON.stringify(payload) }))).toBe(400);
    expect(await refusedRequests()).toBe(0);
    await isUntouched();
  });
});

test('while Slack is down a decision is carried out', async () => {
  await tag('theirs');
  const request = await click('Restore it');
  for (const operation of ['webhook', 'chat.postMessage', 'chat.update']) {
    await account.fault({ service: 'slack', operation, error: 'ECONNRESET', times: 1000 });
  }

  const { host } = new URL(account.outputs.SlackRequestUrl ?? '');
  const { status } = await fetch(`${account.endpoint}/lambda-url/${host}/`, request);

  expect(status).toBe(200);
  await expect.poll(tags, { timeout: 30_000 }).toEqual([]);
  await account.clearFaults();
});

test('the role is granted what the function needs, and nothing else', () => {
  expect(denied).toEqual([]);
  expect(new Set(calls)).toEqual(
    new Set([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'events:PutEvents',
      'lambda:Invoke',
      'secretsmanager:GetSecretValue',
    ]),
  );
});
