import * as z from 'zod';
import { escapeControlChars } from './escape.ts';

/**
 * The issues of a zod error on one line, each with the path of its field: `states.settings.S3KeyPrefix: must be …; …`. If a field has the
 * wrong type, nothing else is said of it: text, too, has a length.
 */
export const describeIssues = (error: z.ZodError, root: readonly string[] = []): string =>
  error.issues
    .filter(
      ({ path }, i, issues) =>
        !issues
          .slice(0, i)
          .some((one) => one.code === 'invalid_type' && one.path.join('.') === path.join('.')),
    )
    .map(({ path, message }) => `${[...root, ...path].join('.') || 'document'}: ${message}`)
    .map(escapeControlChars)
    .join('; ');

/**
 * Messages for schemas. Each follows the name of a field: `S3KeyPrefix: must be …`.
 */

/** The message of a schema: what the field must be, or that it is missing. For an unknown key it is zod's, which names the key. */
export const must = (rule: string) => ({
  error: ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) => {
    if (code === 'unrecognized_keys') return undefined;
    return input === undefined ? 'is missing' : `must ${rule}`;
  },
});

/** Text that matches a pattern. */
export const matching = (rule: string, pattern: RegExp) =>
  z.string(must(rule)).regex(pattern, must(rule));

/** The message of an object with one field per drift kind. The caller words the message for unknown fields. */
export const mustBeByKind = {
  error: ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) =>
    code === 'invalid_type' && input !== undefined ? 'must be an object, by kind' : undefined,
};
