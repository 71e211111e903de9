import { setTimeout } from 'node:timers/promises';
import { SFN } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { context, eventually, newName } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

// Step Functions API model and reference [M]; developer guide, "Step Functions service quotas" [D];
// wolfeidau/buildkite-serverless-agent#37 [I].

const sfn = new SFN({ ...context.connection, region: context.region });
const machine = newName();
const stateMachineArn = `arn:aws:states:${context.region}:${context.accountId}:stateMachine:${machine}`;
const missing = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:none`;

/** Waits for an hour, fails, or processes each of `items` in a child execution. */
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Which',
  States: {
    Which: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.wait = true %}', Next: 'Wait' },
        { Condition: '{% $exists($states.input.items) %}', Next: 'Each' },
      ],
      Default: 'Done',
    },
    Wait: { Type: 'Wait', Seconds: 3600, Next: 'Done' },
    Each: {
      Type: 'Map',
      Label: 'Items',
      Items: '{% $states.input.items %}',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Item',
        States: { Item: { Type: 'Pass', End: true } },
      },
      Next: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};

beforeAll(async () => {
  await sfn.createStateMachine({
    name: machine,
    definition: JSON.stringify(definition),
    roleArn: context.workflowRole ?? '',
  });
});
afterAll(async () => {
  const { executions = [] } = await sfn.listExecutions({
    stateMachineArn,
    statusFilter: 'RUNNING',
  });
  for (const { executionArn } of executions) await sfn.stopExecution({ executionArn });
  await sfn.deleteStateMachine({ stateMachineArn });
});

const waiting = JSON.stringify({ wait: true });
const start = (input: string, name = newName()) =>
  sfn.startExecution({ stateMachineArn, name, input });

/** Runs an execution to its end. */
async function ended(input: string, name = newName()) {
  const { executionArn } = await start(input, name);
  return eventually(async () => {
    const found = await sfn.describeExecution({ executionArn });
    expect(found.status).not.toBe('RUNNING');
    return found;
  });
}

describe('StartExecution [M]', () => {
  test('with the name and input of a running execution answers as the first time', async () => {
    const name = newName();
    const first = await start(waiting, name);
    await setTimeout(1100);

    const again = await start(waiting, name);

    expect(again.executionArn).toBe(first.executionArn);
    expect(again.startDate).toEqual(first.startDate);
  });

  test('refuses the name of a running execution for another input', async () => {
    const name = newName();
    await start(waiting, name);

    await refusal(start('{"wait":true,"more":1}', name), 'ExecutionAlreadyExists');
  });

  test('refuses the name of an execution that ended, also for the same input', async () => {
    const name = newName();
    await ended('{}', name);

    await refusal(start('{}', name), 'ExecutionAlreadyExists');
  });

  test('refuses a name with a character that names must not contain', async () => {
    await refusal(start('{}', 'one/two'), 'InvalidName');
  });

  test('refuses a name of more than 80 characters [I]', async () => {
    await refusal(start('{}', 'n'.repeat(81)), 'ValidationException');
  });

  test('refuses input that is no JSON', async () => {
    await refusal(start('{'), 'InvalidExecutionInput');
  });

  test('takes input of 262,144 bytes [D]', async () => {
    const { status } = await ended(JSON.stringify('x'.repeat(262_142)));

    expect(status).toBe('SUCCEEDED');
  });

  test('refuses input of more bytes, although it has fewer characters [M: its length; U: the error]', async () => {
    await refusal(start(JSON.stringify('ü'.repeat(131_072))), 'ValidationException');
  });

  test('refuses a state machine that does not exist', async () => {
    const none = `${stateMachineArn}-none`;

    await refusal(sfn.startExecution({ stateMachineArn: none }), 'StateMachineDoesNotExist');
  });
});

describe('DescribeExecution [M]', () => {
  test('has the input, the output and the times of an execution that succeeded', async () => {
    const found = await ended('{"a":1}');

    expect(found).toMatchObject({ status: 'SUCCEEDED', stateMachineArn, input: '{"a":1}' });
    expect(JSON.parse(found.output ?? '')).toEqual({ a: 1 });
    expect(Number(found.stopDate)).toBeGreaterThanOrEqual(Number(found.startDate));
  });

  test('refuses an execution that does not exist', async () => {
    await refusal(sfn.describeExecution({ executionArn: missing }), 'ExecutionDoesNotExist');
  });
});

describe('StopExecution [M]', () => {
  test('ends a running execution with the given error and cause', async () => {
    const { executionArn } = await start(waiting);

    const { stopDate } = await sfn.stopExecution({ executionArn, error: 'Mine', cause: 'enough' });

    expect(stopDate).toBeInstanceOf(Date);
    await eventually(async () => {
      const stopped = { status: 'ABORTED', error: 'Mine', cause: 'enough' };
      expect(await sfn.describeExecution({ executionArn })).toMatchObject(stopped);
    });
  });

  test('refuses an execution that does not exist', async () => {
    await refusal(sfn.stopExecution({ executionArn: missing }), 'ExecutionDoesNotExist');
  });
});

test('ListExecutions lists the newest execution first, by status and in pages [M]', async () => {
  const [one, two] = [await start(waiting), await start(waiting)];
  await sfn.stopExecution({ executionArn: one.executionArn });

  await eventually(async () => {
    const page = await sfn.listExecutions({ stateMachineArn, maxResults: 1 });
    const { nextToken } = page;
    const next = await sfn.listExecutions({ stateMachineArn, maxResults: 1, nextToken });
    const { executions: running = [] } = await sfn.listExecutions({
      stateMachineArn,
      statusFilter: 'RUNNING',
    });

    expect(page.executions).toMatchObject([{ executionArn: two.executionArn }]);
    expect(next.executions).toMatchObject([{ executionArn: one.executionArn }]);
    expect(running.map(({ executionArn }) => executionArn)).toContain(two.executionArn);
    expect(running.map(({ executionArn }) => executionArn)).not.toContain(one.executionArn);
  });
});

describe('the run of a distributed map [M]', () => {
  test('is listed for its execution, and counts its items', async () => {
    const { executionArn, status } = await ended('{"items":[1,2,3]}');

    const { mapRuns = [] } = await sfn.listMapRuns({ executionArn });

    expect(status).toBe('SUCCEEDED');
    expect(mapRuns).toHaveLength(1);
    expect(await sfn.describeMapRun({ mapRunArn: mapRuns[0]?.mapRunArn })).toMatchObject({
      executionArn,
      status: 'SUCCEEDED',
      itemCounts: { total: 3, succeeded: 3, pending: 0, running: 0, failed: 0, aborted: 0 },
    });
  });

  test('is not listed for an execution that does not exist', async () => {
    await refusal(sfn.listMapRuns({ executionArn: missing }), 'ExecutionDoesNotExist');
  });

  test('is not found by the ARN of a run that does not exist', async () => {
    const mapRunArn = `${stateMachineArn.replace(':stateMachine:', ':mapRun:')}/Items:${crypto.randomUUID()}`;

    await refusal(sfn.describeMapRun({ mapRunArn }), 'ResourceNotFound');
  });
});
