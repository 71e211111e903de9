import type { Baseline } from '#baseline/baseline.ts';
import type { StoredVersion } from '#baseline/baseline-store.ts';
import { isRetirement } from '#baseline/retirement.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Context } from './context.ts';
import { titleOf } from './trails.ts';

/** One version of the baseline of a trail. Throws if there is no such version, or if it is not valid. */
export async function baselineAt(
  { baselines }: Context,
  trail: string,
  number: number,
): Promise<Baseline> {
  const history = await baselines.history(parseTrailArn(trail).arn);
  const found = history.find((one) => one.number === number);
  const title = titleOf(trail);
  if (found === undefined) {
    throw new Error(`${title} has no version ${number}: ${numbersOf(history)}`);
  }
  if ('error' in found)
    throw new Error(`version ${number} of ${title} is not valid: ${found.error.message}`, {
      cause: found.error,
    });
  if (isRetirement(found.version)) {
    throw new Error(`version ${number} of ${title} is a retirement, not a baseline`);
  }
  return found.version;
}

function numbersOf(history: readonly StoredVersion[]): string {
  const numbers = history.map(({ number }) => number);
  return numbers.length === 0 ? 'it has none' : `it has ${numbers.toReversed().join(', ')}`;
}
