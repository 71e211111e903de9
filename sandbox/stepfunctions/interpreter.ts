import { setTimeout } from 'node:timers/promises';
import type { Catcher, ChoiceState, Flow, Retrier, State, WaitState } from './definition.ts';
import { evaluate } from './jsonata.ts';
import { runLambda } from './lambda-task.ts';
import { runMap } from './map.ts';
import { addEvents, bindingsOf, type Entered, type Scope } from './scope.ts';
import { checkSize, handles, StateError, timeout } from './state-error.ts';

/** The output of a state, and the state that follows; null ends the flow. */
type Done = { readonly output: unknown; readonly next: string | null };

/**
 * Runs states from the first one to the end and returns the last output. Throws `StateError` if a state fails. Source: Amazon States
 * Language specification.
 */
export async function runFlow({ StartAt, States }: Flow, input: unknown, scope: Scope) {
  let done: Done = { output: input, next: StartAt };
  while (done.next !== null) {
    scope.running.signal.throwIfAborted();
    const state = States[done.next] as State;
    addEvents(scope.running, 1);
    done = await runState(state, { name: done.next, at: new Date() }, done.output, scope);
    addEvents(scope.running, 1);
  }
  return done.output;
}

async function runState(state: State, entered: Entered, input: unknown, scope: Scope) {
  switch (state.Type) {
    case 'Pass':
      return leave(state, entered, { input }, scope);
    case 'Choice':
      return choose(state, entered, input, scope);
    case 'Wait':
      await wait(state, entered, input, scope);
      return leave(state, entered, { input }, scope);
    case 'Succeed':
      return leave({ ...state, End: true }, entered, { input }, scope);
    case 'Fail': {
      const { Error: error = '', Cause = '' } = state;
      const [name, cause] = (await evaluate(
        [error, Cause],
        bindingsOf(scope, entered, { input }),
      )) as [string, string];
      throw new StateError(name, cause);
    }
    default:
      return attempt(state, entered, input, scope, async (again) => {
        const run = state.Type === 'Task' ? runTask : runMap;
        const result = await run(state as never, again, input, scope);
        return leave(state, again, { input, result }, scope);
      });
  }
}

type Leaving = {
  readonly Output?: unknown;
  readonly Assign?: Readonly<Record<string, unknown>> | undefined;
  readonly Next?: string | undefined;
  readonly End?: true | undefined;
};

/** Evaluates the output and the variables of a state. All expressions see the values from before the state. */
async function leave(
  { Output, Assign = {}, Next }: Leaving,
  entered: Entered,
  states: { readonly input: unknown; readonly result?: unknown; readonly errorOutput?: unknown },
  scope: Scope,
): Promise<Done> {
  const bindings = bindingsOf(scope, entered, states);
  const byDefault = states.errorOutput ?? states.result ?? states.input;
  const output = Output === undefined ? byDefault : await evaluate(Output, bindings);
  checkSize(output, entered.name);
  Object.assign(scope.variables, await evaluate(Assign, bindings));
  return { output, next: Next ?? null };
}

async function choose(state: ChoiceState, entered: Entered, input: unknown, scope: Scope) {
  for (const rule of state.Choices) {
    const isMet = await evaluate(rule.Condition, bindingsOf(scope, entered, { input }));
    if (typeof isMet !== 'boolean') {
      const notBoolean = `The condition ${rule.Condition} returned ${JSON.stringify(isMet)}, and not a boolean.`;
      throw new StateError('States.QueryEvaluationError', notBoolean);
    }
    if (isMet) return leave({ ...state, ...rule }, entered, { input }, scope);
  }
  if (state.Default !== undefined) {
    return leave({ ...state, Next: state.Default }, entered, { input }, scope);
  }
  throw new StateError('States.NoChoiceMatched', `No choice of ${entered.name} matches.`);
}

async function wait(state: WaitState, entered: Entered, input: unknown, scope: Scope) {
  const { secondMs, signal } = scope.running;
  const bindings = bindingsOf(scope, entered, { input });
  const { Seconds, Timestamp } = state;
  const until = Timestamp === undefined ? null : String(await evaluate(Timestamp, bindings));
  const seconds =
    until === null
      ? Number(await evaluate(Seconds, bindings))
      : (Date.parse(until) - Date.now()) / 1000;
  await setTimeout(Math.max(0, seconds) * secondMs, undefined, { signal });
}

/** Runs a task, whose result is that of the function. */
async function runTask(
  state: Extract<State, { Type: 'Task' }>,
  entered: Entered,
  input: unknown,
  scope: Scope,
): Promise<unknown> {
  const bindings = bindingsOf(scope, entered, { input });
  const given = await evaluate(state.Arguments ?? input, bindings);
  checkSize(given, entered.name);
  const seconds = Number(await evaluate(state.TimeoutSeconds ?? 99_999_999, bindings));
  const timer = new AbortController();
  const tooLong = Math.min(seconds * 1000, 2 ** 31 - 1);
  try {
    // Scheduled, started, and how it ended.
    addEvents(scope.running, 2);
    const result = await Promise.race([
      runLambda(state.Resource, given, scope.running),
      setTimeout(tooLong, timeout, { signal: timer.signal, ref: false }),
      aborted(scope.running.signal),
    ]);
    if (result === timeout) throw new StateError(timeout, '');
    checkSize(result, entered.name);
    return result;
  } finally {
    timer.abort();
    addEvents(scope.running, 1);
  }
}

/** Rejects when the signal is aborted. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });

/** Runs a state until it succeeds, its retriers give up or a catcher takes over. */
async function attempt(
  state: { readonly Retry: readonly Retrier[]; readonly Catch: readonly Catcher[] },
  entered: Entered,
  input: unknown,
  scope: Scope,
  run: (entered: Entered) => Promise<Done>,
): Promise<Done> {
  const retries = new Map<Retrier, number>();
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      return await run({ ...entered, retryCount });
    } catch (thrown) {
      if (!(thrown instanceof StateError)) throw thrown;
      const retrier = state.Retry.find((one) => handles(one, thrown.error));
      const count = retrier === undefined ? 0 : (retries.get(retrier) ?? 0);
      if (retrier !== undefined && count < retrier.MaxAttempts) {
        retries.set(retrier, count + 1);
        await pause(retrier, count, scope);
        continue;
      }
      const catcher = state.Catch.find((one) => handles(one, thrown.error));
      if (catcher === undefined) throw thrown;
      const errorOutput = { Error: thrown.error, Cause: thrown.cause };
      return leave(catcher, entered, { input, errorOutput }, scope);
    }
  }
}

/** With jitter a retrier waits for at most this time. */
async function pause(
  { IntervalSeconds, BackoffRate, MaxDelaySeconds = Number.POSITIVE_INFINITY }: Retrier,
  count: number,
  { running: { secondMs, signal } }: Scope,
): Promise<void> {
  const seconds = Math.min(IntervalSeconds * BackoffRate ** count, MaxDelaySeconds);
  await setTimeout(seconds * secondMs, undefined, { signal });
}
