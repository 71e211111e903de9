import { compareSeverity, type Severity } from '../impact.ts';
import { describeEvents } from './describe-events.ts';
import type { Box } from './event-set.ts';
import { isUnsatisfiable, type Pattern } from './satisfiability.ts';

/** Events that a trail no longer records, as a sentence with a severity. */
export type Loss = { readonly description: string; readonly severity: Severity };

/** Whether events were recorded before, or never. */
export type Since = 'no longer' | 'not';

/** The loss of a box. Values in the sentence are untrusted data. */
export function lossOf(box: Box, since: Since): Loss {
  return { description: `${describeEvents(box)} are ${since} recorded`, severity: severityOf(box) };
}

/** The loss of some events of a box, with the highest severity of the parts that may be lost. */
export function partialLossOf(box: Box, parts: readonly Box[], since: Since): Loss {
  const description = `some ${describeEvents(box)} are ${since} recorded`;
  const [severity = severityOf(box)] = parts.map(severityOf).toSorted(compareSeverity);
  return { description, severity };
}

/** The possible loss of events of a box, with the severity of losing all of it. */
export function possibleLossOf(box: Box, since: Since): Loss {
  const description = `${describeEvents(box)} may ${since} be recorded: the selectors are too large to compare`;
  return { description, severity: severityOf(box) };
}

/** Distinct losses, by severity and then length; after eight, the number of further ones. */
export function summed(losses: readonly Loss[], since: Since): readonly Loss[] {
  const sorted = [...new Map(losses.map((loss) => [loss.description, loss])).values()].sort(
    (one, other) =>
      compareSeverity(one.severity, other.severity) ||
      one.description.length - other.description.length,
  );
  const [next, ...others] = sorted.slice(8);
  if (next === undefined) return sorted;
  const count = others.length + 1;
  const kinds = count === 1 ? 'kind of events is' : 'kinds of events are';
  const description = `and ${count} more ${kinds} ${since} recorded`;
  return [...sorted.slice(0, 8), { description, severity: next.severity }];
}

/**
 * Losing management events is critical, unless only reads are lost, or only events of the high-volume sources that a basic selector
 * may exclude. A part of a loss never has a higher severity than the whole.
 */
function severityOf(box: Box): Severity {
  if (!canBe(box, 'eventCategory', 'Management')) {
    return canBe(box, 'eventCategory', 'Data') ? 'high' : 'medium';
  }
  const others = { field: 'eventSource', isOneOf: false, patterns: talkative };
  const isQuiet = isUnsatisfiable([...box, others], 'eventSource', ample());
  return isQuiet || !canBe(box, 'readOnly', 'false') ? 'high' : 'critical';
}

const canBe = (box: Box, field: string, value: string): boolean =>
  !isUnsatisfiable([...box, { field, isOneOf: true, patterns: equal(value) }], field, ample());

const equal = (value: string): readonly Pattern[] => [{ operator: 'Equals', value }];

const talkative = [...equal('kms.amazonaws.com'), ...equal('rdsdata.amazonaws.com')];

const ample = () => ({ left: 1_000_000 });
