/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON value that is not an object or a list. */
export type Leaf = string | number | boolean | null;

/** Whether a value of the event matches one alternative of the pattern. */
export type Test = (value: Leaf) => boolean;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isLeaf = (value: unknown): value is Leaf =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
