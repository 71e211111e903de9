import { createHash } from 'node:crypto';
import {
  CloudTrailClient,
  ListTrailsCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { zipSync } from 'fflate';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inputFor } from '#sandbox/events/transform.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount();
let events: EventBridgeClient;
beforeAll(async () => {
  events = new EventBridgeClient(account.configOf());
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: false, lambdaRetryMs: 1 });
});

const bus = 'arn:aws:events:us-east-1:111122223333:event-bus/trailkeeper';
const queue = 'arn:aws:sqs:us-east-1:111122223333:Trailkeeper-DeadLetters';

/** A rule on the default bus that sends events from `tester` to a queue. The queue allows rules with a certain name. */
async function listen(Name: string): Promise<void> {
  await events.send(new PutRuleCommand({ Name, EventPattern: '{"source":["tester"]}' }));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'q', Arn: queue }] }));
}

const say = (client = events, EventBusName?: string) =>
  client.send(
    new PutEventsCommand({
      Entries: [
        {
          Source: 'tester',
          DetailType: 'said',
          Detail: '{"a":1}',
          ...(EventBusName && { EventBusName }),
        },
      ],
    }),
  );

async function heard(): Promise<readonly unknown[]> {
  await account.settled();
  const { Messages = [] } = await account.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: account.outputs.DeadLetterQueueUrl,
      MaxNumberOfMessages: 10,
    }),
  );
  return Messages.map(({ Body = '' }) => JSON.parse(Body).detail);
}

describe('a rule', () => {
  test('sends matching events to its target', async () => {
    await listen('Trailkeeper-Probe');
    await say();

    expect(await heard()).toEqual([{ a: 1 }]);
  });

  test('sends nothing while it is disabled', async () => {
    await listen('Trailkeeper-Probe');
    await events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Probe' }));
    await say();
    expect(await heard()).toEqual([]);

    await events.send(new EnableRuleCommand({ Name: 'Trailkeeper-Probe' }));
    await say();
    expect(await heard()).toEqual([{ a: 1 }]);
  });

  test('sends nothing to a removed target or without permission', async () => {
    await listen('Trailkeeper-Probe');
    await events.send(new RemoveTargetsCommand({ Rule: 'Trailkeeper-Probe', Ids: ['q'] }));
    await listen('probe');
    await say();

    expect(await heard()).toEqual([]);
  });

  // EventBridge API reference, PutRule, State: a rule in state ENABLED does not receive CloudTrail's read-only
  // management events.
  test.each([
    ['ENABLED', ['StopLogging']],
    ['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', ['ListTrails', 'StopLogging']],
  ] as const)('in state %s receives %j', async (State, expected) => {
    const EventPattern = JSON.stringify({
      source: ['aws.cloudtrail'],
      detail: { eventName: ['ListTrails', 'StopLogging'], userIdentity: { userName: ['eve'] } },
    });
    const Rule = 'Trailkeeper-Probe';
    await events.send(new PutRuleCommand({ Name: Rule, EventPattern, State }));
    await events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: 'q', Arn: queue }] }));
    const eve = new CloudTrailClient(account.configOf('eve'));

    await eve.send(new ListTrailsCommand());
    await eve.send(new StopLoggingCommand({ Name: 'no-such-trail' })).catch(() => {});

    const heardOf = (await heard()) as readonly { readonly eventName: string }[];
    expect(heardOf.map(({ eventName }) => eventName).toSorted()).toEqual(expected);
  });

  test('with an unknown state is refused', async () => {
    const rule = { Name: 'probe', EventPattern: '{"source":["tester"]}', State: 'ON' as 'ENABLED' };

    await expect(events.send(new PutRuleCommand(rule))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('cannot be deleted while it has targets', async () => {
    await listen('probe');

    await expect(events.send(new DeleteRuleCommand({ Name: 'probe' }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('that does not exist is named in the error', async () => {
    await expect(events.send(new DescribeRuleCommand({ Name: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('none'),
    });
  });

  test('with an invalid pattern is refused', async () => {
    const wrong = new PutRuleCommand({ Name: 'probe', EventPattern: '{"source":"tester"}' });

    await expect(events.send(wrong)).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
    });
  });
});

describe('PutEvents', () => {
  test('handles entries separately: refuses an aws source and a malformed detail', async () => {
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({
        Entries: [
          { Source: 'tester', DetailType: 'said', Detail: '{}' },
          { Source: 'aws.cloudtrail', DetailType: 'said', Detail: '{}' },
          { Source: 'tester', DetailType: 'said', Detail: '{' },
        ],
      }),
    );

    expect(FailedEntryCount).toBe(2);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'NotAuthorizedForSourceException',
      'MalformedDetail',
    ]);
  });

  test('needs permission from the bus of another account', async () => {
    await say(new EventBridgeClient(account.configOf('222233334444')), bus);

    await expect(
      say(new EventBridgeClient(account.configOf('333344445555')), bus),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('refuses a forged CloudTrail record: only services can use aws sources', async () => {
    const start = account.invocations.length;
    const Detail = JSON.stringify({
      eventName: 'StopLogging',
      eventSource: 'cloudtrail.amazonaws.com',
    });
    const DetailType = 'AWS API Call via CloudTrail';
    await events.send(
      new PutEventsCommand({
        Entries: [{ Source: 'mallory', DetailType, Detail, EventBusName: bus }],
      }),
    );
    await account.settled();

    expect(account.invocations.slice(start)).toEqual([]);
  });
});

test('a bus cannot be deleted while it has rules', async () => {
  await expect(
    events.send(new DeleteEventBusCommand({ Name: 'trailkeeper' })),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

describe('the input of a target', () => {
  const event = { detail: { who: 'mallory', what: { a: 1 } } };
  const paths = { who: '$.detail.who', what: '$.detail.what', none: '$.detail.none' };
  const target = { Id: 't', Arn: 'arn' };

  test.each([
    ['the event', {}, JSON.stringify(event)],
    ['a constant', { Input: '{"b":2}' }, '{"b":2}'],
    ['a part of the event', { InputPath: '$.detail.what' }, '{"a":1}'],
    [
      'a text of several lines, without missing variables',
      { InputTransformer: { InputPathsMap: paths, InputTemplate: '"by <who>"\n"and <none>"' } },
      'by mallory\nand ',
    ],
    [
      'another object',
      { InputTransformer: { InputPathsMap: paths, InputTemplate: '{"x":<what>}' } },
      '{"x":{"a":1}}',
    ],
  ])('can be %s', (_what, input, sent) => {
    expect(inputFor({ ...target, ...input }, event)).toBe(sent);
  });
});

describe('a function', () => {
  const FunctionName = 'Trailkeeper-Remediate';
  const stop = () => account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

  test('without concurrency refuses calls and sends an event to the queue after retries', async () => {
    const lambda = new LambdaClient({ ...account.configOf(), maxAttempts: 1 });
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );
    await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
    });

    await stop();
    await account.settled();
    expect(await account.deadLetterCount()).toBe(1);
  });

  test('runs its updated code and returns its hash', async () => {
    const lambda = new LambdaClient(account.configOf());
    const source = 'export const handler = () => "replaced"';
    const ZipFile = zipSync({ 'index.mjs': new TextEncoder().encode(source) });
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));

    const { CodeSha256 } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(await account.invoke({})).toEqual({ result: 'replaced' });
    expect(CodeSha256).toBe(createHash('sha256').update(ZipFile).digest('base64'));
  });

  test('has only the permissions that its role has now', async () => {
    const Statement = [{ Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' }];
    await new IAMClient(account.configOf()).send(
      new PutRolePolicyCommand({
        RoleName: 'Trailkeeper-Reconcile',
        PolicyName: 'no',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );

    expect(await account.sweep()).toMatchObject({ error: { errorType: 'AccessDeniedException' } });
  });
});

test('a queue of another account needs permission from the queue policy', async () => {
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/222233334444/Trailkeeper-DeadLetters';
  const AttributeNames = ['All' as const];
  const ask = (accessKeyId: string) =>
    new SQSClient({ ...account.configOf(accessKeyId), useQueueUrlAsEndpoint: false }).send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
    );

  await expect(ask('mallory')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect((await ask('222233334444')).Attributes).toHaveProperty('ApproximateNumberOfMessages');
});
