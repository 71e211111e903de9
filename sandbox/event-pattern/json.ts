/** A JSON object as parsed; what its fields hold is for the reader to find out. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON value without fields or elements: what a pattern is compared with. */
export type Leaf = string | number | boolean | null;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isLeaf = (value: unknown): value is Leaf =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
