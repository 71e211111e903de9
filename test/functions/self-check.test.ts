import {
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DisableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand as RemoveBusPermissionCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import {
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { zipSync } from 'fflate';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import {
  clients,
  type DeploymentChange,
  document,
  policy,
  reconcileRole,
  recovery,
  remediate,
  trailRule,
} from '../support/self-check.ts';

const account = testAccount();

let aws: ReturnType<typeof clients>;

beforeAll(async () => {
  aws = clients(account);
});

beforeEach(() => account.reset());

const changes: readonly DeploymentChange[] = [
  [
    'a rule is disabled',
    () => aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' })),
    /rule\/Trailkeeper-Trail-cloudtrail\.State is "DISABLED", must be "ENABLED"/,
  ],
  [
    'a rule matches other events',
    () =>
      aws.events.send(
        new PutRuleCommand({ ...trailRule, EventPattern: '{"source":["aws.health"]}' }),
      ),
    /rule\/trailkeeper\/Trailkeeper-Trail\.EventPattern/,
  ],
  [
    'a rule lost its target',
    () =>
      aws.events.send(
        new RemoveTargetsCommand({ Rule: 'Trailkeeper-Tamper-lambda', Ids: ['Target0'] }),
      ),
    /rule\/Trailkeeper-Tamper-lambda\.Targets lacks/,
  ],
  [
    "a rule's target gets something other than the event",
    () =>
      aws.events.send(
        new PutTargetsCommand({
          Rule: trailRule.Name,
          EventBusName: trailRule.EventBusName,
          Targets: [
            {
              Id: 'Target0',
              Arn: 'arn:aws:lambda:us-east-1:111122223333:function:Trailkeeper-Remediate',
              Input: '{}',
            },
          ],
        }),
      ),
    /rule\/trailkeeper\/Trailkeeper-Trail\.Targets/,
  ],
  [
    'a rule of another Region is deleted',
    async () => {
      const Rule = 'Trailkeeper-Trail-cloudtrail';
      const events = aws.eventsIn('eu-central-1');
      await events.send(new RemoveTargetsCommand({ Rule, Ids: ['Target0'] }));
      await events.send(new DeleteRuleCommand({ Name: Rule }));
    },
    /eu-central-1:111122223333:rule\/Trailkeeper-Trail-cloudtrail is gone/,
  ],
  [
    'the bus does not allow a delegated administrator',
    () =>
      aws.events.send(
        new RemoveBusPermissionCommand({ EventBusName: 'trailkeeper', RemoveAllPermissions: true }),
      ),
    /buses\.trailkeeper\.Senders lacks "222233334444"/,
  ],
  [
    'a function has a concurrency of 0',
    () =>
      aws.lambda.send(
        new PutFunctionConcurrencyCommand({ ...remediate, ReservedConcurrentExecutions: 0 }),
      ),
    /Trailkeeper-Remediate\.ReservedConcurrentExecutions is 0, must be absent/,
  ],
  [
    'a function has other code',
    () =>
      aws.lambda.send(
        new UpdateFunctionCodeCommand({
          ...remediate,
          ZipFile: zipSync({
            'index.mjs': new TextEncoder().encode('export const handler = () => {}'),
          }),
        }),
      ),
    /Trailkeeper-Remediate\.CodeSha256/,
  ],
  [
    'a function is configured to observe',
    async () => {
      const { Environment } = await aws.lambda.send(new GetFunctionConfigurationCommand(remediate));
      const { TRAILKEEPER_CONFIG = '{}', ...others } = Environment?.Variables ?? {};
      const config = { ...JSON.parse(TRAILKEEPER_CONFIG), mode: 'observe' };
      const Variables = { ...others, TRAILKEEPER_CONFIG: JSON.stringify(config) };
      await aws.lambda.send(
        new UpdateFunctionConfigurationCommand({ ...remediate, Environment: { Variables } }),
      );
    },
    /Trailkeeper-Remediate\.Environment\.TRAILKEEPER_CONFIG\.mode is "observe", must be "enforce"/,
  ],
  [
    'a function has another role',
    () =>
      aws.lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: 'Trailkeeper-Sweep',
          Role: 'arn:aws:iam::111122223333:role/Trailkeeper-Schedule',
        }),
      ),
    /Trailkeeper-Sweep\.Role/,
  ],
  [
    'a function neither retries nor uses the dead-letter queue',
    () => aws.lambda.send(new DeleteFunctionEventInvokeConfigCommand(remediate)),
    /Trailkeeper-Remediate\.OnFailure is absent/,
  ],
  [
    'a rule may not invoke its function',
    async () => {
      const { Policy = '' } = await aws.lambda.send(new GetPolicyCommand(remediate));
      for (const { Sid } of JSON.parse(Policy).Statement) {
        await aws.lambda.send(new RemovePermissionCommand({ ...remediate, StatementId: Sid }));
      }
    },
    /Trailkeeper-Remediate\.Rules lacks/,
  ],
  [
    'a function was deleted',
    () => aws.lambda.send(new DeleteFunctionCommand(remediate)),
    /functions\.Trailkeeper-Remediate is gone/,
  ],
  [
    'the schedule of the sweep is disabled',
    async () => {
      const schedule = await aws.scheduler.send(
        new GetScheduleCommand({ Name: 'Trailkeeper-Sweep' }),
      );
      const { Name, ScheduleExpression, FlexibleTimeWindow, Target } = schedule;
      await aws.scheduler.send(
        new UpdateScheduleCommand({
          Name,
          ScheduleExpression,
          FlexibleTimeWindow,
          Target,
          State: 'DISABLED',
        }),
      );
    },
    /schedules\.Trailkeeper-Sweep\.State is "DISABLED"/,
  ],
  [
    'the schedule of the sweep was deleted',
    () => aws.scheduler.send(new DeleteScheduleCommand({ Name: 'Trailkeeper-Sweep' })),
    /schedules\.Trailkeeper-Sweep is gone/,
  ],
  ['a role lost permissions', deleteReconcilePolicy, /Trailkeeper-Reconcile\.Actions lacks/],
  [
    'a role has a Deny statement',
    () => aws.iam.send(new PutRolePolicyCommand({ ...reconcileRole, ...policy('Deny') })),
    /Trailkeeper-Reconcile\.Actions must not have "deny cloudtrail:StartLogging"/,
  ],
  [
    'a role has one more action',
    () =>
      aws.iam.send(
        new PutRolePolicyCommand({ RoleName: 'Trailkeeper-SelfCheck', ...policy('Allow') }),
      ),
    /Trailkeeper-SelfCheck\.Actions must not have "cloudtrail:StartLogging"/,
  ],
  [
    'a role has a permissions boundary',
    () =>
      aws.iam.send(
        new PutRolePermissionsBoundaryCommand({ ...reconcileRole, PermissionsBoundary: denyAll }),
      ),
    /Trailkeeper-Reconcile\.PermissionsBoundary is ".*AWSDenyAll", must be absent/,
  ],
  [
    'a role in another Region has one more policy',
    () =>
      aws.iam.send(
        new AttachRolePolicyCommand({
          RoleName: 'Trailkeeper-Forward-eu-central-1',
          PolicyArn: denyAll,
        }),
      ),
    /Forward-eu-central-1\.AttachedPolicies must not have ".*AWSDenyAll"/,
  ],
  [
    'another principal may assume a role',
    () =>
      aws.iam.send(
        new UpdateAssumeRolePolicyCommand({
          ...reconcileRole,
          PolicyDocument: document({
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::444455556666:root' },
            Action: 'sts:AssumeRole',
          }),
        }),
      ),
    /Trailkeeper-Reconcile\.TrustedBy/,
  ],
  [
    'events are undelivered in another Region',
    () =>
      aws.sqsIn('eu-central-1').send(
        new SendMessageCommand({
          QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/Trailkeeper-DeadLetters',
          MessageBody: '{}',
        }),
      ),
    /undelivered\.arn:aws:sqs:eu-central-1:111122223333:Trailkeeper-DeadLetters is 1, must be 0/,
  ],
  [
    'events are undelivered in the account of a delegated administrator',
    () =>
      aws.sqsIn('us-east-1', '222233334444').send(
        new SendMessageCommand({
          QueueUrl: 'https://sqs.us-east-1.amazonaws.com/222233334444/Trailkeeper-DeadLetters',
          MessageBody: '{}',
        }),
      ),
    /undelivered\.arn:aws:sqs:us-east-1:222233334444:Trailkeeper-DeadLetters is 1, must be 0/,
  ],
  [
    'the state machine that recovers events recovers no account',
    async () => {
      const { definition = '' } = await aws.sfn.send(new DescribeStateMachineCommand(recovery));
      const changed = { ...JSON.parse(definition), StartAt: 'Finish' };
      await aws.sfn.send(
        new UpdateStateMachineCommand({ ...recovery, definition: JSON.stringify(changed) }),
      );
    },
    /Trailkeeper-Recovery\.Definition\.StartAt is "Finish", must be "Accounts"/,
  ],
  [
    'the state machine that recovers events was deleted',
    () => aws.sfn.send(new DeleteStateMachineCommand(recovery)),
    /stateMachines\.arn:aws:states:us-east-1:111122223333:stateMachine:Trailkeeper-Recovery is gone/,
  ],
  [
    'the function that recovers events writes elsewhere',
    async () => {
      const config = { account: '111122223333', bucket: 'theirs', prefix: 'recovered' };
      const Variables = { TRAILKEEPER_CONFIG: JSON.stringify(config) };
      await aws.lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: 'Trailkeeper-Recover',
          Environment: { Variables },
        }),
      );
    },
    /Trailkeeper-Recover\.Environment\.TRAILKEEPER_CONFIG\.bucket is "theirs"/,
  ],
  [
    'the role that recovers events has one more action',
    () =>
      aws.iam.send(
        new PutRolePolicyCommand({ RoleName: 'Trailkeeper-Recover', ...policy('Allow') }),
      ),
    /Trailkeeper-Recover\.Actions must not have "cloudtrail:StartLogging"/,
  ],
];

describe('the self-check', () => {
  beforeEach(() => account.deliver({ drop: true }));

  test('finds no difference after a deployment', async () => {
    expect(await account.selfCheck()).toEqual({ result: { faults: [] } });
    expect(await account.notifications()).toEqual([]);
  });

  test.each(changes)('notifies the topic and the bus if %s', async (_, change, fault) => {
    await change();

    await account.selfCheck();

    const [message, ...others] = await account.notifications();
    expect(others).toEqual([]);
    expect(message?.topicArn).toBe(account.outputs.AlarmTopicArn);
    expect(message?.message).toMatch(fault);
    expect(message?.message).toContain('npx cdk deploy --all --revert-drift');
    expect(ownEvents()).toMatchObject([
      {
        Source: 'trailkeeper',
        DetailType: 'Trailkeeper Tampered',
        EventBusName: 'trailkeeper',
      },
    ]);
  });

  test('reports the same differences once, and new ones again', async () => {
    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await account.selfCheck();
    await account.selfCheck();
    expect(await account.notifications()).toHaveLength(1);

    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Tamper-lambda' }));
    await account.selfCheck();
    expect(await account.notifications()).toHaveLength(2);
  });

  test('stores the differences before the alert function reads them', async () => {
    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await account.admin('latency', { ms: 2000, service: 'dynamodb', operation: 'PutItem' });

    await account.selfCheck();
    await account.settled();

    expect((await account.slack()).map(({ text }) => text)).toEqual([
      expect.stringMatching(/CRITICAL.*drifted/),
    ]);
  });

  test('reports the same differences again if neither path could be used', async () => {
    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    const error = 'AccessDeniedException';
    await account.fault({ service: 'sns', operation: 'Publish', error });
    await account.fault({ service: 'events', operation: 'PutEvents', error });
    expect(await account.selfCheck()).toHaveProperty('error');
    expect(await account.notifications()).toEqual([]);

    await account.selfCheck();

    expect(await account.notifications()).toHaveLength(1);
  });

  test('notifies the topic if the bus was deleted', async () => {
    await deleteBus();

    await account.selfCheck();

    expect((await account.notifications()).map(({ message }) => message)).toEqual([
      expect.stringContaining('buses.trailkeeper is gone'),
    ]);
  });

  test('puts an event on the bus if the topic was deleted, and fails so that Lambda retries', async () => {
    await aws.sns.send(new DeleteTopicCommand({ TopicArn: account.outputs.AlarmTopicArn }));
    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));

    expect(await account.selfCheck()).toHaveProperty('error');

    expect(ownEvents()).toHaveLength(1);
  });

  test('reports a denied read as unreadable, not as gone', async () => {
    await account.fault({
      service: 'scheduler',
      operation: 'GetSchedule',
      error: 'AccessDeniedException',
      times: 2,
    });

    await account.selfCheck();

    const [message] = await account.notifications();
    expect(message?.message).toMatch(/Trailkeeper-Sweep cannot be read: AccessDeniedException/);
    expect(message?.message).not.toContain('is gone');
  });
});

describe('the self-check during a deployment', () => {
  beforeEach(() => account.deliver({ drop: true }));

  test.each([
    ['Trailkeeper', 'UPDATE_IN_PROGRESS'],
    ['Trailkeeper', 'UPDATE_ROLLBACK_IN_PROGRESS'],
    ['Trailkeeper-Forwarder-eu-central-1', 'CREATE_IN_PROGRESS'],
  ])('waits while the stack %s is %s', async (stack, status) => {
    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await stackIs(stack, status);

    expect(await account.selfCheck()).toEqual({ result: { faults: [] } });
    expect(await account.notifications()).toEqual([]);

    await stackIs(stack, 'UPDATE_COMPLETE');
    await account.selfCheck();
    expect(await account.notifications()).toHaveLength(1);
  });

  test('does not wait while the stack cannot be described', async () => {
    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await account.fault({
      service: 'cloudformation',
      operation: 'DescribeStacks',
      error: 'AccessDenied',
    });

    await account.selfCheck();

    expect(await account.notifications()).toHaveLength(1);
  });
});

async function stackIs(stack: string, status: string): Promise<void> {
  const body = JSON.stringify({ stack, status });
  await fetch(`${account.endpoint}/_sandbox/stack-status`, { method: 'POST', body });
}

const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';

/** The events that functions put on the bus. */
function ownEvents(): readonly Record<string, unknown>[] {
  return account.calls
    .filter(
      ({ service, operation, error }) =>
        service === 'events' && operation === 'PutEvents' && !error,
    )
    .flatMap(({ input }) => input.Entries as readonly Record<string, unknown>[]);
}

async function deleteReconcilePolicy(): Promise<void> {
  const RoleName = 'Trailkeeper-Reconcile';
  const { PolicyNames = [] } = await aws.iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
}

async function deleteBus(): Promise<void> {
  for (const Name of [
    'Trailkeeper-Trail',
    'Trailkeeper-Tamper',
    'Trailkeeper-TamperByStack',
    'Trailkeeper-Alert',
  ]) {
    const rule = { Rule: Name, EventBusName: 'trailkeeper' };
    await aws.events.send(new RemoveTargetsCommand({ ...rule, Ids: ['Target0', 'Target1'] }));
    await aws.events.send(new DeleteRuleCommand({ Name, EventBusName: 'trailkeeper' }));
  }
  await aws.events.send(new DeleteEventBusCommand({ Name: 'trailkeeper' }));
}
