import { itemProcessor, type MapState } from './definition.ts';
import { runDistributed } from './distributed-map.ts';
import { eachOf } from './each-of.ts';
import { evaluate } from './jsonata.ts';
import { inputOf, type MapWork } from './map-work.ts';
import { addEvents, bindingsOf, type Entered, type Scope } from './scope.ts';
import { StateError } from './state-error.ts';

/**
 * Processes each item: inline in the same execution, or distributed in a child execution each, with its own history. The result is the
 * list of their outputs. Sources: "Using Map state in Inline mode" and "Distributed mode".
 */
export async function runMap(
  state: MapState,
  entered: Entered,
  input: unknown,
  scope: Scope,
): Promise<readonly unknown[]> {
  const bindings = bindingsOf(scope, entered, { input });
  const items = await evaluate(state.Items ?? input, bindings);
  if (!Array.isArray(items)) {
    throw new StateError('States.QueryEvaluationError', `${entered.name}: Items is not a list`);
  }
  // Started, and how it ended.
  addEvents(scope.running, 2);
  const concurrency = Number(await evaluate(state.MaxConcurrency, bindings)) || items.length;
  const work: MapWork = { state, entered, input, scope, items, concurrency };
  return isDistributed(state) ? runDistributed(work) : runInline(work);
}

const isDistributed = ({ ItemProcessor }: MapState): boolean =>
  ItemProcessor.ProcessorConfig.Mode === 'DISTRIBUTED';

function runInline(work: MapWork): Promise<readonly unknown[]> {
  const { state, scope, items, concurrency } = work;
  const flow = itemProcessor(state);
  return eachOf(items, concurrency, async (Value, Index) => {
    // Started and succeeded.
    addEvents(scope.running, 2);
    const itemScope = { ...scope, item: { Index, Value }, variables: { ...scope.variables } };
    return scope.running.runFlow(flow, await inputOf(work, Value, Index), itemScope);
  });
}
