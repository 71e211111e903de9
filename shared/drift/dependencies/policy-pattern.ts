/** Whether a value matches a policy pattern, in which `*` is any text and `?` one character. */
export const isAny = (patterns: readonly string[], value: string): boolean =>
  patterns.some((pattern) => fits(pattern, value));

/** Without regular expressions, because the author of the policy would control how long they run. */
function fits(pattern: string, value: string): boolean {
  let [p, v, star, mark] = [0, 0, -1, 0];
  while (v < value.length) {
    if (pattern[p] === '*') [star, mark, p] = [p, v, p + 1];
    else if (pattern[p] === '?' || pattern[p] === value[v]) [p, v] = [p + 1, v + 1];
    else if (star >= 0) [p, mark, v] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}

/**
 * Whether some value matches both patterns. A policy variable, such as `${aws:SourceAccount}`, may be any text. Takes time in
 * proportion to the product of the lengths.
 */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => text.replaceAll(/\$\{[^}]*\}/g, '*')) as [
    string,
    string,
  ];
  let next: readonly boolean[] = [];
  for (let i = a.length; i >= 0; i--) next = rowOf(a, b, i, next);
  return next[0] === true;
}

/** Whether `a` from index `i` overlaps `b` from each index, given the same of the next index of `a`. */
function rowOf(a: string, b: string, i: number, next: readonly boolean[]): readonly boolean[] {
  const row: boolean[] = [];
  for (let j = b.length; j >= 0; j--) {
    const [ends, ended] = [i === a.length, j === b.length];
    if (ends && ended) row[j] = true;
    else if (a[i] === '*') row[j] = next[j] === true || (!ended && row[j + 1] === true);
    else if (b[j] === '*') row[j] = row[j + 1] === true || (!ends && next[j] === true);
    else row[j] = isAlike(a[i], b[j]) && next[j + 1] === true;
  }
  return row;
}

const isAlike = (one: string | undefined, other: string | undefined): boolean =>
  one === other || one === '?' || other === '?';
