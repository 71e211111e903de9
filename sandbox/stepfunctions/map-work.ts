import type { MapState } from './definition.ts';
import { evaluate } from './jsonata.ts';
import { bindingsOf, type Entered, type Scope } from './scope.ts';

/** The items of a map, and how each is processed. */
export type MapWork = {
  readonly state: MapState;
  readonly entered: Entered;
  readonly input: unknown;
  readonly scope: Scope;
  readonly items: readonly unknown[];
  readonly concurrency: number;
};

/** What the states that process an item get: the item, or what the selector makes of it. */
export function inputOf(
  { state, entered, input, scope }: MapWork,
  Value: unknown,
  Index: number,
): Promise<unknown> {
  const bindings = bindingsOf({ ...scope, item: { Index, Value } }, entered, { input });
  return evaluate(state.ItemSelector ?? Value, bindings);
}
