/**
 * A read that begins now. The first call of the returned function gives its result, or throws its failure, whatever the arguments;
 * later calls read again.
 */
export function begun<Args extends readonly unknown[], Result>(
  read: (...args: Args) => Promise<Result>,
  ...first: Args
): (...args: Args) => Promise<Result> {
  // Settled, because a failure that no one asks for is not an error.
  let ahead: Promise<PromiseSettledResult<Result>[]> | null = Promise.allSettled([read(...first)]);
  return async (...args) => {
    const settled = ahead;
    ahead = null;
    if (settled === null) return read(...args);
    const [result] = (await settled) as [PromiseSettledResult<Result>];
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  };
}
