import { type Change, type Json, without } from '#text/diff.ts';
import type { Impact } from '../impact.ts';
import type { PolicyParts } from './policy-parts.ts';

/** What a policy is about, in words. */
export type PolicyWords = {
  /** What has the policy, for example `the key`. */
  readonly of: string;
  /** What follows if CloudTrail is not allowed what it needs, as a clause. */
  readonly cost: string;
  /** What follows if others are allowed or denied something. */
  readonly risk: string;
  readonly severity: Impact['severity'];
};

/** The impact of a change of one part of a policy that could be read. */
export function partImpact(
  part: keyof PolicyParts,
  { desired, actual }: Pick<Change, 'desired' | 'actual'>,
  { of, cost, risk, severity }: PolicyWords,
): Impact {
  const lost = without(listOf(desired), listOf(actual));
  const isAdded = without(listOf(actual), listOf(desired)).length > 0;
  switch (part) {
    case 'CloudTrailStatements':
      return impact(
        `the policy of ${of} no longer allows CloudTrail all that it did, so ${cost}: add the missing statements again`,
        severity,
      );
    case 'Denials':
      return isAdded
        ? impact(
            `the policy of ${of} may deny CloudTrail what it needs: if it does, ${cost}. Remove the Deny statements`,
            severity,
          )
        : impact(
            `the policy of ${of} lacks a Deny statement that it had: ${risk}. Add it again`,
            'low',
          );
    case 'OtherStatements':
      if (!isAdded && lost.every(isAllow)) {
        return impact(
          `the policy of ${of} no longer allows others what it did, so what reads or uses it may fail: add the missing statements again, or capture the trail again with --reason`,
          'medium',
        );
      }
      return impact(
        `the policy of ${of} allows or denies others something else: ${risk}. Undo it, or capture the trail again with --reason`,
        'medium',
      );
  }
}

const isAllow = (statement: Json): boolean => Reflect.get(Object(statement), 'Effect') === 'Allow';

/** A value of a change that is a list, or an empty one. */
export const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

const impact = (description: string, severity: Impact['severity']): Impact => ({
  description,
  severity,
  losesCoverage: false,
});
