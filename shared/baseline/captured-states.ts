import type * as z from 'zod';
import type { KeyArnOf } from '#aws/kms.ts';
import { accessDenied } from '#drift/dependencies/dependency.ts';
import type { DriftKind, States } from '#drift/kind.ts';
import { describeIssues } from '#text/schema-messages.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { parseStates } from './baseline.ts';
import type { StatesToCapture } from './bucket-owner.ts';
import { memberOf, namedBy } from './named-dependencies.ts';
import type { Unread } from './read-states.ts';

/**
 * The states of a new baseline: those that the operator gave, and the live ones. A kind that cannot be read, or whose live state is not
 * valid in a baseline, stays as it is in `known`; if it is not there either, it is unmanaged. The same holds for a field of a dependency
 * that may not be read. Throws `InvalidBaselineError`.
 */
export function capturedStates(
  kinds: readonly DriftKind[],
  { live, given }: StatesToCapture,
  known: States = {},
  onUnread: (unread: Unread) => void = () => {},
): States {
  const states = kinds.flatMap((kind): [string, object][] => {
    const read = capturedState(kind, { live, given }, onUnread);
    const state = read && withKept(kind.name, read, { live, given, known }, onUnread);
    const captured = state ?? known[kind.name] ?? kind.onlyState;
    return captured === undefined ? [] : [[kind.name, captured]];
  });
  const names = new Set(states.map(([name]) => name));
  return parseStates(
    Object.fromEntries(states),
    kinds.filter(({ name }) => names.has(name)),
  );
}

/**
 * The state to store of a dependency: a field that the caller may not read stays as it is in the version before, if the trail still
 * names the same resource. Else a capture with other credentials would end its protection.
 */
function withKept(
  kind: string,
  read: object,
  { live, given, known }: StatesToCapture & { readonly known: States },
  onUnread: (unread: Unread) => void,
): object {
  const before = known[kind];
  const seen = live[kind] ?? {};
  if (before === undefined || !Object.values(seen).includes(accessDenied)) return read;
  if (!isSameResource(kind, { ...live.settings, ...given.settings }, known.settings)) return read;
  const kept = Object.entries(before).filter(
    ([name, value]) =>
      value !== null &&
      memberOf(given[kind], name) === undefined &&
      [accessDenied, undefined].includes(memberOf(seen, name) as string | undefined),
  );
  if (kept.length > 0) {
    const fields = kept.map(([name]) => name).join(', ');
    onUnread({
      kind,
      reason: `your credentials may not read ${fields}: --dependency-profile names a profile that may`,
    });
  }
  return { ...read, ...Object.fromEntries(kept) };
}

function isSameResource(kind: string, now: object, before: object | undefined): boolean {
  const named: Readonly<Record<string, string>> = namedBy;
  const setting = named[kind === 'alarms' ? 'log-group' : kind];
  return setting !== undefined && memberOf(now, setting) === memberOf(before, setting);
}

function capturedState(
  { name, state: schema, toBaseline, onlyState }: DriftKind,
  { live, given }: StatesToCapture,
  onUnread: (unread: Unread) => void,
): object | null {
  const isRead = live[name] !== undefined;
  if (!isRead && given[name] === undefined) return null;
  const merged = { ...live[name], ...given[name] };
  const state = toBaseline?.(merged) ?? merged;
  // An invalid state that the operator gave, or that has one valid value, is refused with all its faults.
  if (given[name] !== undefined || onlyState !== undefined) return state;
  const valid = schema.safeParse(state);
  if (valid.success) return state;
  onUnread({ kind: name, reason: describeIssues(valid.error) });
  return null;
}

/**
 * States that an operator wrote, in canonical form: KMS keys and SNS topics as ARNs. They can be of some kinds only. Throws
 * `InvalidBaselineError`.
 */
export async function resolveStates(
  kinds: readonly DriftKind[],
  trail: Trail,
  written: unknown,
  keyArnOf: KeyArnOf,
): Promise<States> {
  const schemas = kinds.map(({ name, state, fileFormat }) => ({
    name,
    state: (fileFormat?.schema ?? state).optional() as z.ZodType<object>,
  }));
  const states = parseStates(written, schemas);
  const resolved = kinds.map(async ({ name, fileFormat }) => {
    const state = states[name];
    if (state === undefined) return [];
    return [[name, (await fileFormat?.resolve(state, trail, keyArnOf)) ?? state]] as const;
  });
  return Object.fromEntries((await Promise.all(resolved)).flat());
}
