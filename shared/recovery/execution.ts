import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import type { RecoveryInput } from './recovery.ts';

/** An execution of the state machine. */
export type Execution = { readonly arn: string; readonly isNew: boolean };

/**
 * Attaches to the execution of a recovery that is running, or starts one: `ID-1`, `ID-2` and so on. ListExecutions may lack recent
 * executions, so the name may be in use. Source: Step Functions API reference, ListExecutions: "eventually consistent".
 */
export async function startOrAttach(
  client: SFNClient,
  stateMachineArn: string,
  input: RecoveryInput,
): Promise<Execution> {
  const { id } = input.recovery;
  let last = 0;
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn })) {
    for (const { name = '', status, executionArn = '' } of executions) {
      const [of, number] = name.split('-');
      if (of !== id) continue;
      if (status === 'RUNNING') return { arn: executionArn, isNew: false };
      last = Math.max(last, Number(number));
    }
  }
  for (let number = last + 1; ; number += 1) {
    const name = `${id}-${number}`;
    const start = { stateMachineArn, name, input: JSON.stringify(input) };
    try {
      const { executionArn = '' } = await client.send(new StartExecutionCommand(start));
      return { arn: executionArn, isNew: true };
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const { status = 'RUNNING' } = (await described(client, arn)) ?? {};
    if (status === 'RUNNING') return { arn, isNew: false };
  }
}

/** Null for one that started just now. Source: Step Functions API reference, DescribeExecution: "eventually consistent". */
async function described(client: SFNClient, executionArn: string) {
  try {
    return await client.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return null;
    throw error;
  }
}

/** In milliseconds. Progress is in many objects, so it is read less often. */
const pollMs = 1000;
const progressEvery = 10;
const mostUnseen = 60;

/** Waits for the end of an execution. Throws an error if it failed or was stopped. */
export async function waitFor(
  client: SFNClient,
  executionArn: string,
  {
    pause,
    onProgress,
  }: {
    readonly pause: (ms: number) => Promise<unknown>;
    readonly onProgress: () => Promise<void>;
  },
): Promise<void> {
  for (let polls = 0; ; polls += 1) {
    const found = await described(client, executionArn);
    if (found === null && polls >= mostUnseen) throw new Error(`${executionArn} does not exist`);
    if (found?.status === 'SUCCEEDED') return;
    if (found !== null && found.status !== 'RUNNING') throw new ExecutionError(found);
    if (polls % progressEvery === 0) await onProgress();
    await pause(pollMs);
  }
}

/** Thrown if an execution did not succeed. What it has written stays, and another one goes on from there. */
export class ExecutionError extends Error {
  override readonly name = 'ExecutionError' as const;
  constructor({ executionArn, status, error, cause }: DescribeExecutionCommandOutput) {
    const why = error === undefined ? '' : ` (${error}: ${messageIn(cause)})`;
    super(
      `the execution ${executionArn} is ${status}${why}. Run the same command again: it goes on from what was written`,
    );
  }
}

/** The cause of an error that a function threw is JSON. Source: Step Functions developer guide, "Handling errors in Step Functions workflows". */
const messageIn = (cause = 'no cause'): string =>
  jsonText(thrown).safeParse(cause).data?.errorMessage ?? cause;

const thrown = z.object({ errorMessage: z.string() });
