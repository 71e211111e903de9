import type * as z from 'zod';
import { escapeControlChars } from './escape.ts';

/** The issues of a zod error on one line, each with the path of its field: `states.settings.S3KeyPrefix: must be …; …`. */
export const describeIssues = (error: z.ZodError, root: readonly string[] = []): string =>
  error.issues
    .map(({ path, message }) => `${[...root, ...path].join('.') || 'document'}: ${message}`)
    .map(escapeControlChars)
    .join('; ');

/**
 * The grammar of the values that CloudTrail's settings take, with messages that follow a field's name.
 * Source: CloudTrail API reference 2018-11-20, CreateTrail.
 */

/** The message of a schema: what the field must do, or that it is missing. */
export const must = (rule: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    input === undefined ? 'is missing' : `must ${rule}`,
});

/** The message of an object that has a field a kind. What it says of unknown fields is its reader's. */
export const mustBeByKind = {
  error: ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) =>
    code === 'invalid_type' && input !== undefined ? 'must be an object, by kind' : undefined,
};
