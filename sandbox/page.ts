import type { Call } from './service.ts';

/** A page of items, and the token of the next one. */
export function pageOf<Item>(
  items: readonly Item[],
  { limit = 50, nextToken = '0' }: Call['input'],
): { readonly page: readonly Item[]; readonly nextToken?: string } {
  const end = Number(nextToken) + Number(limit);
  const page = items.slice(Number(nextToken), end);
  return { page, ...(end < items.length && { nextToken: String(end) }) };
}
