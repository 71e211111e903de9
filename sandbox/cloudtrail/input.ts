import { AwsError } from '../service.ts';

// The body can contain JSON of any type. AWS checks the type before the value.
export const text = (value: unknown): string => typed(value ?? '', 'string', isText);
export const flag = (value: unknown): boolean => typed(value, 'boolean', isFlag);
export const list = (value: unknown): readonly unknown[] =>
  typed(value ?? [], 'list', Array.isArray);

const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

function typed<T>(value: unknown, type: string, is: (value: unknown) => value is T): T {
  if (is(value)) return value;
  throw new AwsError('SerializationException', `Expected a ${type}, got ${JSON.stringify(value)}.`);
}
