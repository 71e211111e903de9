import { AwsError, type Call } from '../service.ts';

/** The service principal that a call names. Only its format is validated. */
export function servicePrincipalIn({ input: { ServicePrincipal } }: Call): string {
  if (typeof ServicePrincipal === 'string' && /^[\w+=,.@-]{1,128}$/.test(ServicePrincipal)) {
    return ServicePrincipal;
  }
  throw new AwsError('InvalidInputException', 'You specified an invalid service principal.');
}

/** One page of a list: at most 20 items (API reference). */
export function page<Item>(
  items: readonly Item[],
  { input: { MaxResults = 20, NextToken = '0' } }: Call,
): { readonly items: readonly Item[]; readonly more: { readonly NextToken?: string } } {
  const size = Number(MaxResults);
  if (!(size >= 1 && size <= 20)) {
    throw new AwsError('InvalidInputException', 'MaxResults must be from 1 to 20.');
  }
  const from = Number(NextToken);
  if (!Number.isInteger(from)) {
    throw new AwsError('InvalidInputException', 'You specified an invalid NextToken.');
  }
  const next = from + size;
  return {
    items: items.slice(from, next),
    more: next < items.length ? { NextToken: String(next) } : {},
  };
}
