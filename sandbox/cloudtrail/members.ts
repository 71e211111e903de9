import { AwsError } from '../service.ts';
import { list, text } from './input.ts';

// Input fields that contain a structure.

/** AWS treats null as a missing field. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

export const structure = (value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new AwsError(
    'SerializationException',
    `Expected a structure, got ${JSON.stringify(value)}.`,
  );
};

export const texts = (value: unknown): string[] => list(value).map(text);

/** Reads a string with a fixed set of values. Other values throw the operation's own error. */
export const oneOf =
  <T extends string>(code: string, member: string, allowed: readonly T[]) =>
  (value: unknown): T => {
    const given = text(value);
    const found = allowed.find((one) => one === given);
    if (found !== undefined) return found;
    throw new AwsError(
      code,
      `Value '${given}' for ${member} is invalid: it must be one of ${allowed.join(', ')}.`,
    );
  };
