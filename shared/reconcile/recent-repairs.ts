/** In minutes: the period that the backoff counts repairs in. */
export const lately = 10;

/** The key under which the repairs of a field are counted. */
export const fieldName = (kind: string, path: string): string => `${kind}.${path}`;
