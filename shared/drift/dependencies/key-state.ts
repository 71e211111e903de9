import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import type { PolicyEdit } from './policy-edit.ts';
import { policyFields, type SeenParts } from './policy-parts.ts';

/** The schema of what a baseline stores of a key. */
export const keyState = z.strictObject({
  KeyState: z.literal('Enabled', must('be Enabled, or null')).nullable(),
  RotationPeriodInDays: z
    .int(must('be a whole number of days, or null'))
    .min(90, must('be 90 or more'))
    .max(2560, must('be 2560 or less'))
    .nullable(),
  ...policyFields,
});

/**
 * The KMS key of a trail; null means not protected. The state is as KMS names it, and a key that is not rotated is observed as `off`.
 * Source of the limits: AWS KMS API reference, EnableKeyRotation.
 */
export type Key = SeenParts & {
  readonly KeyState: string | null;
  readonly RotationPeriodInDays: number | string | null;
};

/** A write to a key. `put` and `remove` are statements of its policy. */
export type KeyStep = {
  readonly action: 'EnableKey' | 'CancelKeyDeletion' | 'EnableKeyRotation' | 'PutKeyPolicy';
  readonly input: Partial<PolicyEdit> & {
    readonly KeyId: string;
    readonly RotationPeriodInDays?: number;
  };
};

/** The state if nothing is protected. */
export const unprotected: Key = {
  KeyState: null,
  RotationPeriodInDays: null,
  CloudTrailStatements: null,
  Denials: null,
  OtherStatements: null,
};
