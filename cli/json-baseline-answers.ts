import * as z from 'zod';
import { count, text, texts } from '#text/schema-parts.ts';
import {
  activeWindows,
  baseline,
  changes,
  deliveries,
  envelope,
  failed,
  retirement,
  trail,
} from './json-answer-parts.ts';

const captured = z.strictObject({
  status: z.enum(['captured', 'unchanged', 'differs']),
  baseline,
  changes,
  hardeningAdvice: texts,
  warnings: texts,
  unread: z.array(z.strictObject({ kind: text, reason: text })),
});

const listed = z.union([
  z.strictObject({ trail, status: z.literal('broken'), error: text }),
  z.strictObject({ ...retirement, status: z.literal('retired') }),
  z.strictObject({
    ...envelope,
    status: z.enum(['protected', 'maintenance', 'out-of-scope']),
    problem: text.nullable(),
    windows: activeWindows,
  }),
]);

const numbered = { version: count, isCurrent: z.boolean() };

/** What the commands for baselines print with --json. */
export const baselineAnswers = {
  list: z.strictObject({ trails: z.array(listed) }),
  capture: z.union([
    captured,
    z.strictObject({ trails: z.array(z.union([captured, failed])), deliveries }),
  ]),
  show: z.strictObject({ baseline, windows: activeWindows, hardeningAdvice: texts }),
  history: z.strictObject({
    trail,
    versions: z.array(
      z.union([
        z.strictObject({ ...numbered, error: text }),
        z.strictObject({
          ...numbered,
          stored: z.union([baseline, z.strictObject(retirement)]),
          signedBy: text.nullable(),
        }),
      ]),
    ),
  }),
  diff: z.strictObject({ trail, from: count, to: z.union([count, z.literal('live')]), changes }),
  rollback: captured,
  import: captured,
  retire: z.strictObject({
    trails: z.array(
      z.union([
        z.strictObject({ status: z.literal('retired'), retirement: z.strictObject(retirement) }),
        failed,
      ]),
    ),
  }),
  keys: z.strictObject({ id: text, algorithm: text, pem: text }),
} as const satisfies Readonly<Record<string, z.ZodType>>;
