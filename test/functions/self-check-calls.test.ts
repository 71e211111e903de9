import {
  DisableRuleCommand,
  PutRuleCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { DeleteRolePolicyCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import {
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { DeleteScheduleCommand } from '@aws-sdk/client-scheduler';
import { DeleteStateMachineCommand } from '@aws-sdk/client-sfn';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { clients, recovery, remediate } from '../support/self-check.ts';

const account = testAccount();

let aws: ReturnType<typeof clients>;

beforeAll(async () => {
  aws = clients(account);
});

beforeEach(() => account.reset());

describe('a call that changes trailkeeper itself', () => {
  beforeEach(() => account.deliver({ drop: false }));

  test.each<readonly [string, () => Promise<unknown>]>([
    [
      'DisableRule',
      () => aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' })),
    ],
    [
      'RemoveTargets',
      () =>
        aws.events.send(
          new RemoveTargetsCommand({ Rule: 'Trailkeeper-Trail-cloudtrail', Ids: ['Target0'] }),
        ),
    ],
    [
      'PutFunctionConcurrency',
      () =>
        aws.lambda.send(
          new PutFunctionConcurrencyCommand({ ...remediate, ReservedConcurrentExecutions: 0 }),
        ),
    ],
    [
      'DeleteSchedule',
      () => aws.scheduler.send(new DeleteScheduleCommand({ Name: 'Trailkeeper-Sweep' })),
    ],
    [
      'UpdateEventSourceMapping',
      () => changeMapping((UUID) => new UpdateEventSourceMappingCommand({ UUID, Enabled: false })),
    ],
    [
      'DeleteEventSourceMapping',
      () => changeMapping((UUID) => new DeleteEventSourceMappingCommand({ UUID })),
    ],
    ['DeleteRolePolicy', deleteReconcilePolicy],
    ['DeleteStateMachine', () => aws.sfn.send(new DeleteStateMachineCommand(recovery))],
  ])(
    'notifies the topic directly, with actor and source address: %s',
    async (eventName, change) => {
      await change();
      await account.settled();

      const messages = await account.notifications();
      expect(messages).not.toEqual([]);
      for (const { topicArn, message } of messages) {
        expect(topicArn).toBe(account.outputs.AlarmTopicArn);
        expect(message).toContain(eventName);
        expect(message).toContain('arn:aws:iam::111122223333:user/mallory');
        expect(message).toContain('198.51.100.23');
      }
    },
  );

  test('puts an event on the bus that names the incident in the table', async () => {
    await aws.events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await account.settled();

    const [event, ...others] = ownEvents();
    expect(others).toEqual([]);
    const { incident } = JSON.parse(String(event?.Detail));
    expect(await account.row(incident)).toMatchObject({
      tampering: expect.stringContaining('DisableRule'),
    });
  });

  test('by CloudFormation is one message for the whole stack update', async () => {
    const started = recordOf('ExecuteChangeSet', 'Trailkeeper', { userName: 'alice' });
    const calls = ['Trailkeeper-Trail-s3', 'Trailkeeper-Trail-kms', 'Trailkeeper-Trail-sns'].map(
      (name) => recordOf('PutRule', name, { invokedBy: 'cloudformation.amazonaws.com' }),
    );
    await selfCheckWith(started);
    await Promise.all([...calls, ...calls].map(selfCheckWith));
    await account.settled();

    const [message, ...others] = await account.slack();
    expect(others).toEqual([]);
    expect(message?.text).toContain('A stack update changed trailkeeper itself: 4 calls');
    const shown = JSON.stringify(message?.attachments);
    expect(shown).toContain('alice');
    for (const name of ['s3', 'kms', 'sns']) {
      expect(shown).toContain(
        `PutRule on Trailkeeper-Trail-${name} (account 111122223333, us-east-1)`,
      );
    }
  });

  test('in another Region is forwarded from there', async () => {
    const events = aws.eventsIn('eu-central-1');
    await events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await account.settled();

    expect((await account.notifications()).map(({ message }) => message)).toEqual([
      expect.stringMatching(/DisableRule[\s\S]*eu-central-1/),
    ]);
    expect(ownEvents()).toHaveLength(1);
  });

  test("in a delegated administrator's account is forwarded from there", async () => {
    const events = aws.eventsIn('us-east-1', '222233334444');
    await events.send(new DisableRuleCommand({ Name: 'Trailkeeper-Trail-cloudtrail' }));
    await account.settled();

    expect((await account.notifications()).map(({ message }) => message)).toEqual([
      expect.stringMatching(/DisableRule[\s\S]*222233334444/),
    ]);
  });

  test('is reported although it failed, because it is an attempt', async () => {
    await account.fault({
      service: 'lambda',
      operation: 'DeleteFunction',
      error: 'AccessDeniedException',
    });
    await aws.lambda.send(new DeleteFunctionCommand(remediate)).catch(() => {});
    await account.settled();

    expect((await account.notifications()).map(({ message }) => message)).toEqual([
      expect.stringMatching(/DeleteFunction\w* of lambda.amazonaws.com AccessDeniedException/),
    ]);
    const shown = JSON.stringify(await account.slack());
    expect(shown).toContain('A call to change trailkeeper itself failed');
    expect(shown).not.toMatch(/repair|unprotected/i);
    const { stdout } = await account.trailkeeper(['incidents', 'trailkeeper']);
    expect(stdout).toMatch(/ low +attempted +trailkeeper +DeleteFunction\w* by mallory$/m);
  });

  test('on another rule is ignored', async () => {
    await aws.events.send(
      new PutRuleCommand({ Name: 'payroll', EventPattern: '{"source":["aws.health"]}' }),
    );
    await aws.events.send(new DisableRuleCommand({ Name: 'payroll' }));
    await account.settled();

    expect(await account.notifications()).toEqual([]);
    expect(ownEvents()).toEqual([]);
  });
});

let records = 0;

/** The event of a call on one of trailkeeper's resources. */
function recordOf(eventName: string, name: string, userIdentity: object): object {
  records += 1;
  return {
    source: 'aws.events',
    'detail-type': 'AWS API Call via CloudTrail',
    account: '111122223333',
    region: 'us-east-1',
    detail: {
      eventID: `77e11d50-b866-408f-9509-${String(records).padStart(12, '0')}`,
      eventTime: '2026-11-22T03:11:02Z',
      eventSource: 'events.amazonaws.com',
      eventName,
      awsRegion: 'us-east-1',
      userIdentity: { type: 'AssumedRole', ...userIdentity },
      requestParameters: { name },
    },
  };
}

/** Invokes the self-check with an event, as a rule does. */
const selfCheckWith = (event: object) =>
  aws.lambda.send(
    new InvokeCommand({ FunctionName: 'Trailkeeper-SelfCheck', Payload: JSON.stringify(event) }),
  );

/** The events that functions put on the bus. */
function ownEvents(): readonly Record<string, unknown>[] {
  return account.calls
    .filter(
      ({ service, operation, error }) =>
        service === 'events' && operation === 'PutEvents' && !error,
    )
    .flatMap(({ input }) => input.Entries as readonly Record<string, unknown>[]);
}

async function changeMapping(
  command: (UUID: string) => UpdateEventSourceMappingCommand | DeleteEventSourceMappingCommand,
): Promise<void> {
  await account.selfCheck();
  const reading = account.calls.find(({ operation }) => operation === 'GetEventSourceMapping');
  await aws.lambda.send(command(String(reading?.input.UUID)) as DeleteEventSourceMappingCommand);
}

async function deleteReconcilePolicy(): Promise<void> {
  const RoleName = 'Trailkeeper-Reconcile';
  const { PolicyNames = [] } = await aws.iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
}
