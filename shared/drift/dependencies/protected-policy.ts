import { type Change, type Json, without } from '#text/diff.ts';
import type { Impact } from '../impact.ts';
import { accessDenied } from './dependency.ts';
import type { PolicyParts } from './resource-policy.ts';

/** The parts of a policy as they are observed: text if they cannot be read, and missing if they are not reported. */
export type SeenParts = { readonly [Part in keyof PolicyParts]: PolicyParts[Part] | string };

const parts: readonly (keyof PolicyParts)[] = [
  'CloudTrailStatements',
  'Denials',
  'OtherStatements',
];

export const isPart = (field: string): field is keyof PolicyParts =>
  parts.some((part) => part === field);

/** The parts that a capture stores: what could not be read is not protected. */
export const capturedParts = (seen: Partial<SeenParts>): PolicyParts =>
  Object.fromEntries(parts.map((part) => [part, listIn(seen, part)])) as PolicyParts;

/** Whether a policy was read, as far as it is protected. */
export const isRead = (seen: Partial<SeenParts>): boolean =>
  parts.every((part) => seen[part] === null || Array.isArray(seen[part]));

/** Whether any part of a policy is protected, or is to be captured. */
export const isAnyWanted = (wanted: Partial<SeenParts>): boolean =>
  parts.some((part) => wanted[part] !== null);

/** The parts that are given, for a comparison; every statement of one that could not be read counts as new. */
export const comparable = (seen: Partial<SeenParts>): Partial<PolicyParts> =>
  Object.fromEntries(
    parts
      .filter((part) => seen[part] !== undefined)
      .map((part) => [part, typeof seen[part] === 'string' ? [] : seen[part]]),
  );

/** What is observed of a policy that cannot be read: one part says so, and the others are not reported. */
export function unreadParts(wanted: Partial<SeenParts>): Partial<SeenParts> {
  const isWanted = (part: keyof PolicyParts): boolean => wanted[part] !== null;
  const [said] = parts.filter(isWanted);
  const ignored = parts.filter((part) => !isWanted(part)).map((part) => [part, null]);
  return { ...Object.fromEntries(ignored), ...(said && { [said]: accessDenied }) };
}

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
      return impact(
        `the policy of ${of} allows or denies others something else: ${risk}. Undo it, or capture the trail again with --reason`,
        'medium',
      );
  }
}

/** The statements of a part; null unless it is protected and was read. */
export const listIn = <Part extends keyof PolicyParts>(
  seen: Partial<SeenParts>,
  part: Part,
): PolicyParts[Part] => {
  const list = seen[part];
  return typeof list === 'string' ? null : ((list ?? null) as PolicyParts[Part]);
};

const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

const impact = (description: string, severity: Impact['severity']): Impact => ({
  description,
  severity,
  losesCoverage: false,
});
