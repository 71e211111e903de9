import { isIgnored } from '#baseline/policy.ts';
import type { CoverageLoss } from '#drift/history-model.ts';
import type { Severity } from '#drift/impact.ts';
import { type Change, diff, fieldOf, type Json } from '#text/diff.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import type { ReplayInput } from './history.ts';
import {
  coverageLossOf,
  keyOf,
  type ReplayedKind,
  type State,
  unlessTruncated,
} from './replayed-kind.ts';

/** A field that has drifted, or may have. */
export type FieldDrift = {
  readonly kind: string;
  readonly path: string;
  readonly description: string;
  readonly severity: Severity;
  /** Null if no events are lost. */
  readonly coverageLoss: CoverageLoss | 'unknown' | null;
  /** False if the field may have drifted, for all or a part of the time. */
  readonly isCertain: boolean;
};

/** The drift of each field of a state that the policy does not ignore, by key. */
export const driftedFields = (
  kind: ReplayedKind,
  state: State,
  policy: ReplayInput['policy'],
): ReadonlyMap<string, FieldDrift> =>
  new Map(
    diff(kind.desired as Json, state)
      .filter((change) => !isIgnored(policy, kind.name, fieldOf(change)))
      .map((change) => [keyOf(kind, fieldOf(change)), fieldDrift(kind, change, state)]),
  );

export const fieldDrift = (kind: ReplayedKind, change: Change, state: State): FieldDrift =>
  unlessTruncated(
    () => {
      const { description, severity } = kind.impact(change, kind.desired, state);
      const coverageLoss = coverageLossOf(kind, change, state);
      return {
        kind: kind.name,
        path: change.path,
        description,
        severity,
        coverageLoss,
        isCertain: true,
      };
    },
    { ...unjudged(kind, change.path), isCertain: true },
  );

/** The drift that a call may have caused in a field whose new value its record does not show; null for none. */
export function possibleDrift(
  kind: ReplayedKind,
  field: string,
  call: RecordedCall,
): FieldDrift | null {
  const { uncertainty } = kind.historyModel;
  if (uncertainty === undefined) {
    const description = `${kind.name}.${field} may have drifted: the records do not show its value`;
    return { ...unjudged(kind, field), description };
  }
  const possible = uncertainty(field, call);
  return possible === null ? null : { ...unjudged(kind, field), ...possible };
}

const unjudged = ({ name, historyModel }: ReplayedKind, path: string): FieldDrift => ({
  kind: name,
  path,
  description: `${name}.${path} had drifted: it is not known which events are lost`,
  severity: 'high',
  coverageLoss: historyModel.coverageLoss === undefined ? null : 'unknown',
  isCertain: false,
});
