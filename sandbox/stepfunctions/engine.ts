import { randomUUID } from 'node:crypto';
import type { Lambda } from '../lambda/run.ts';
import type { World } from '../world.ts';
import type { Flow } from './definition.ts';
import { type Execution, end, executionArn, type StateMachine } from './executions.ts';
import { runFlow } from './interpreter.ts';
import type { Running } from './scope.ts';
import { StateError, timeout } from './state-error.ts';

export type EngineOptions = {
  readonly world: World;
  readonly lambda: Pick<Lambda, 'invoke'>;
  readonly background: { add(work: Promise<void>): void };
  /** The length of a second of waits and retries. */
  readonly secondMs: () => number;
};

export type Engine = {
  start(machine: StateMachine, given: Pick<Execution, 'name' | 'input'>): Execution;
  /** Stops an execution and its child executions. A function that it invoked runs to its end. */
  stop(execution: Execution, reason: { readonly error?: string; readonly cause?: string }): void;
  /** Stops every execution. */
  stopAll(): void;
};

/** The part of Step Functions that runs executions of standard workflows. */
export function stepFunctions(options: EngineOptions): Engine {
  const { world, lambda, background, secondMs } = options;
  const controllers = new Map<string, AbortController>();
  const stopAs = (execution: Execution, how: Parameters<typeof end>[1]): void => {
    end(execution, how);
    controllers.get(execution.executionArn)?.abort();
  };
  return {
    start(machine, { name, input }) {
      const execution = started(machine.arn, { name, input });
      background.add(run(machine, execution, machine.machine));
      return execution;
    },
    stop: (execution, reason) => stopAs(execution, { status: 'ABORTED', ...reason }),
    stopAll() {
      for (const controller of controllers.values()) controller.abort();
    },
  };

  function started(
    stateMachineArn: string,
    given: Pick<Execution, 'name' | 'input' | 'mapRunArn'>,
  ): Execution {
    const execution: Execution = {
      ...given,
      executionArn: executionArn(stateMachineArn, given.name),
      stateMachineArn,
      startDate: new Date(),
      // It has started.
      historyEvents: 1,
      status: 'RUNNING',
    };
    world.executions.set(execution.executionArn, execution);
    return execution;
  }

  async function run(
    machine: StateMachine,
    execution: Execution,
    flow: Flow & { readonly TimeoutSeconds?: number | undefined },
    parent?: AbortSignal,
  ): Promise<void> {
    const controller = new AbortController();
    controllers.set(execution.executionArn, controller);
    const { signal } = controller;
    const stop = () => stopAs(execution, { status: 'ABORTED' });
    if (parent?.aborted) stop();
    parent?.addEventListener('abort', stop);
    const timer = setTimeout(
      () => stopAs(execution, { status: 'TIMED_OUT', error: timeout }),
      Math.min((flow.TimeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000, 2 ** 31 - 1),
    );
    const running: Running = {
      world,
      lambda,
      machine,
      execution,
      signal,
      secondMs: secondMs(),
      runFlow,
      async runChild(childFlow, input, { mapRunArn, label, signal: mapSignal }) {
        const child = started(`${machine.arn}/${label}`, {
          name: randomUUID(),
          input: JSON.stringify(input),
          mapRunArn,
        });
        await run(machine, child, childFlow, mapSignal);
        mapSignal.throwIfAborted();
        return child;
      },
    };
    try {
      const output = await runFlow(flow, JSON.parse(execution.input), { running, variables: {} });
      end(execution, { status: 'SUCCEEDED', output: JSON.stringify(output) });
    } catch (thrown) {
      if (signal.aborted) return end(execution, { status: 'ABORTED' });
      // Any other error is one of the sandbox.
      if (!(thrown instanceof StateError)) console.error(thrown);
      const { error, cause } =
        thrown instanceof StateError ? thrown : new StateError('States.Runtime', String(thrown));
      end(execution, { status: 'FAILED', error, cause });
    } finally {
      clearTimeout(timer);
      parent?.removeEventListener('abort', stop);
      controllers.delete(execution.executionArn);
    }
  }
}
