/** In minutes: what counts as lately. */
export const lately = 10;

/** The name of a field, as restores are counted by. */
export const fieldName = (kind: string, path: string): string => `${kind}.${path}`;
