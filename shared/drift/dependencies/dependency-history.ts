import type { Members, RecordedCall } from '#trail/recorded-call.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { CallResult, HistoryModel } from '../history-model.ts';
import { PolicyError } from './policy-document.ts';
import { comparable, partsOf, policyParts, type SeenParts } from './policy-parts.ts';
import type { Request } from './statement-evaluation.ts';

type Apply<State extends object> = (
  call: RecordedCall,
  before: State,
  trail: Trail,
  desired: State,
) => CallResult<State> | null;

/** The effect of calls on what is protected of a dependency: a field of which the baseline has null stays as it is. */
export const onProtected =
  <State extends object>(apply: Apply<State>): HistoryModel<State>['applyCall'] =>
  (call, before, trail, desired = before) => {
    const result = apply(call, before, trail, desired);
    if (result === null) return null;
    const isProtected = (field: string) => (Reflect.get(desired, field) ?? null) !== null;
    const set = Object.entries(result.set).filter(([field]) => isProtected(field));
    return {
      set: Object.fromEntries(set) as Partial<State>,
      ...(result.indeterminate && { indeterminate: result.indeterminate.filter(isProtected) }),
    };
  };

/** The effect of a call whose record does not show the new values of these fields. */
export const unclear = (
  indeterminate: readonly string[],
): { readonly set: object; readonly indeterminate: readonly string[] } => ({
  set: {},
  indeterminate,
});

/** The effect of a call that sets one field to a value that its record shows; undefined if it does not. */
export const sets =
  <State extends object, Field extends keyof State & string>(
    field: Field,
    value: (parameters: Members, before: State) => State[Field] | undefined,
  ) =>
  (parameters: Members, before: State): CallResult<State> => {
    const after = value(parameters, before);
    return after === undefined
      ? unclear([field])
      : { set: { [field]: after } as unknown as Partial<State> };
  };

/** The effect of a call that writes a policy, as text. The parts are compared with those of the baseline. */
export function policyAfter(
  written: unknown,
  desired: Partial<SeenParts>,
  requests: readonly Request[],
): CallResult<SeenParts> {
  if (typeof written !== 'string') return unclear(policyParts);
  try {
    return { set: partsOf(written, requests, comparable(desired)) };
  } catch (error) {
    if (error instanceof PolicyError) return unclear(policyParts);
    throw error;
  }
}
