import { expect, test } from 'vitest';
import {
  comparable,
  isAnyWanted,
  isRead,
  policyParts,
  type SeenParts,
  unreadParts,
} from '#drift/dependencies/policy-parts.ts';

const unread = 'not readable';
const none = { CloudTrailStatements: null, Denials: null, OtherStatements: null };
const all = { CloudTrailStatements: [], Denials: [], OtherStatements: [] };

test('a policy that cannot be read is reported once, by the first part that is protected', () => {
  expect(unreadParts(all)).toEqual({ CloudTrailStatements: unread });
  expect(unreadParts({})).toEqual({ CloudTrailStatements: unread });
  expect(unreadParts({ ...all, CloudTrailStatements: null })).toEqual({
    CloudTrailStatements: null,
    Denials: unread,
  });
  expect(unreadParts(none)).toEqual(none);
});

test.each<[string, Partial<SeenParts>, boolean]>([
  ['with all parts', all, true],
  ['of which nothing is protected', none, true],
  ['of which one part is protected', { ...none, Denials: [] }, true],
  ['that cannot be read', { ...none, Denials: unread }, false],
  ['of which a part is not reported', { CloudTrailStatements: null, Denials: null }, false],
])('whether a policy %s was read', (_which, seen, expected) => {
  expect(isRead(seen)).toBe(expected);
});

test('a policy is read at a capture, and if any part of it is protected', () => {
  expect(isAnyWanted({})).toBe(true);
  expect(isAnyWanted(none)).toBe(false);
  for (const part of policyParts) expect(isAnyWanted({ ...none, [part]: [] })).toBe(true);
});

test('every statement of a part that could not be read counts as new', () => {
  expect(comparable({ ...none, Denials: unread, OtherStatements: [{ Sid: 'A' }] })).toStrictEqual({
    ...none,
    Denials: [],
    OtherStatements: [{ Sid: 'A' }],
  });
  expect(comparable({})).toStrictEqual({});
});
