import * as z from 'zod';
import { type Of, text } from '#text/schema-parts.ts';
import type { Context } from '../context.ts';
import type { Deployment } from '../stack.ts';

/** The result of a check, and what to do about it. */
export const finding = z.strictObject({
  status: z.enum(['ok', 'note', 'wrong']),
  message: text,
  remedy: text.nullable(),
});

export type Finding = Of<typeof finding>;

/** Checks one part of trailkeeper. */
export type Check = {
  readonly name: string;
  run(context: Context, deployment: Promise<Deployment>): Promise<readonly Finding[]>;
};

export const ok = (message: string): Finding => ({ status: 'ok', message, remedy: null });
export const warning = (message: string, remedy: string | null = null): Finding => ({
  status: 'note',
  message,
  remedy,
});
export const wrong = (message: string, remedy: string): Finding => ({
  status: 'wrong',
  message,
  remedy,
});
