import type { Lambda } from '../lambda/run.ts';
import type { World } from '../world.ts';
import type { Flow } from './definition.ts';
import type { Execution, StateMachine } from './executions.ts';
import type { Bindings } from './jsonata.ts';
import { StateError } from './state-error.ts';

/** What the states of an execution run with. */
export type Running = {
  readonly world: World;
  readonly lambda: Pick<Lambda, 'invoke'>;
  readonly machine: StateMachine;
  readonly execution: Execution;
  /** Aborted when the execution is stopped or times out. */
  readonly signal: AbortSignal;
  /** The length of a second of waits and retries. */
  readonly secondMs: number;
  /** Runs states in the same execution. Returns their output. */
  runFlow(flow: Flow, input: unknown, scope: Scope): Promise<unknown>;
  /** Starts an execution of the states that process an item. Returns it when it has ended. */
  runChild(flow: Flow, input: unknown, of: ChildOf): Promise<Execution>;
};

/** The map run of a child execution; when the signal is aborted, the child is stopped. */
export type ChildOf = {
  readonly mapRunArn: string;
  readonly label: string;
  readonly signal: AbortSignal;
};

/** The variables that are in scope, and the item of a map that is processed. */
export type Scope = {
  readonly running: Running;
  readonly variables: Record<string, unknown>;
  readonly item?: { readonly Index: number; readonly Value: unknown };
};

/** The state that runs, for the context object. */
export type Entered = { readonly name: string; readonly at: Date; readonly retryCount?: number };

/** What the expressions of a state can refer to. Source: "Accessing execution data from the Context object in Step Functions". */
export function bindingsOf(
  { running, variables, item }: Scope,
  { name, at, retryCount = 0 }: Entered,
  states: { readonly input: unknown; readonly result?: unknown; readonly errorOutput?: unknown },
): Bindings {
  const { machine, execution } = running;
  const context = {
    Execution: {
      Id: execution.executionArn,
      Input: JSON.parse(execution.input),
      Name: execution.name,
      RoleArn: machine.roleArn,
      StartTime: execution.startDate.toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: machine.arn, Name: machine.name },
    State: { Name: name, EnteredTime: at.toISOString(), RetryCount: retryCount },
    ...(item && { Map: { Item: item } }),
  };
  return { ...variables, states: { ...states, context } };
}

/**
 * Counts events of an execution's history, which has room for 25,000, the last of which is ExecutionSucceeded. Source: "Avoid reaching
 * the history quota".
 */
export function addEvents({ execution }: Running, count: number): void {
  execution.historyEvents += count;
  if (execution.historyEvents < historyQuota) return;
  throw new StateError(
    'States.Runtime',
    `The execution reached the maximum number of history events (${historyQuota}).`,
  );
}

const historyQuota = 25_000;
