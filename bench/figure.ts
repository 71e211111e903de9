/** The median, minimum and maximum of samples. */
export type Spread = {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
};

/**
 * One line of the table. The floor is a bare SDK client that makes the two calls; the limit is the best value that
 * physics or a quota allows.
 */
export type Figure = {
  readonly name: string;
  readonly unit: 'ms' | 'kB' | 'MB' | 'calls' | 's' | '$';
  readonly ours: Spread;
  readonly floor: Spread | null;
  readonly limit: number | null;
  /** `ours` divided by the limit, or by the floor if there is no limit. For pairs, the median of their ratios. */
  readonly ratio: number | null;
  /** The maximum wanted for `ratio`, or for `ours` if there is no ratio. */
  readonly goal: number | null;
};

type Measured = Pick<Figure, 'name' | 'unit'> & {
  readonly ours: readonly number[];
  /** Measured in pairs with `ours`: the i-th samples belong together. */
  readonly floor?: readonly number[];
  readonly limit?: number;
  readonly goal?: number | undefined;
};

export function figure({ name, unit, ours, floor, limit, goal }: Measured): Figure {
  const ratios = ours.map((one, i) => one / (limit ?? floor?.[i] ?? Number.NaN));
  const ratio = medianOf(ratios);
  return {
    name,
    unit,
    ours: spreadOf(ours),
    floor: floor === undefined ? null : spreadOf(floor),
    limit: limit ?? null,
    ratio: Number.isFinite(ratio) ? ratio : null,
    goal: goal ?? null,
  };
}

/** Whether the figure meets its goal; null if it has no goal. */
export const isMet = ({ goal, ratio, ours }: Figure): boolean | null =>
  goal === null ? null : (ratio ?? ours.median) <= goal;

const spreadOf = (samples: readonly number[]): Spread => ({
  median: medianOf(samples),
  low: Math.min(...samples),
  high: Math.max(...samples),
  count: samples.length,
});

function medianOf(samples: readonly number[]): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(
    Math.ceil(middle) - 1,
    Math.floor(middle) + 1,
  );
  return (low + high) / 2;
}
