import { accessDenied } from '#drift/dependencies/dependency.ts';
import type { States } from '#drift/kind.ts';
import { namedBy } from './named-dependencies.ts';

type KeptState = {
  readonly state: object;
  /** The fields that stay as they are. */
  readonly kept: readonly string[];
};

/**
 * The state to store of a dependency: a field that the caller may not read stays as it is in the version before, if the trail still
 * names the same resource. Else a capture with other credentials would end its protection.
 */
export function keepUnread(
  kind: string,
  state: object,
  { live, given, known }: { readonly live: States; readonly given: States; readonly known: States },
): KeptState {
  const before = known[kind];
  const seen = live[kind] ?? {};
  if (before === undefined || !Object.values(seen).includes(accessDenied)) {
    return { state, kept: [] };
  }
  if (!isSame(kind, { ...live.settings, ...given.settings }, known.settings)) {
    return { state, kept: [] };
  }
  const kept = Object.keys(before).filter(
    (name) =>
      [accessDenied, undefined].includes(field(seen, name)) &&
      field(given[kind], name) === undefined &&
      field(before, name) !== null,
  );
  return { state: { ...state, ...pick(before, kept) }, kept };
}

const isSame = (kind: string, now: object, before: object | undefined): boolean => {
  const setting = (namedBy as Readonly<Record<string, string>>)[
    kind === 'alarms' ? 'log-group' : kind
  ];
  return setting !== undefined && field(now, setting) === field(before, setting);
};

const pick = (from: object, names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, field(from, name)]));

const field = (state: object | undefined, name: string) =>
  state && (Reflect.get(state, name) as string | undefined);
