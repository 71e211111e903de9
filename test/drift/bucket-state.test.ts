import { describe, expect, test } from 'vitest';
import { bucket as kind } from '#drift/dependencies/bucket.ts';
import { states } from '../support/baseline.ts';

// What a baseline may have of a bucket, and what an error says if it has something else.

const messagesFor = (change: object) =>
  kind.state.safeParse({ ...states.bucket, ...change }).error?.issues.map((one) => one.message);

// Source: Amazon S3 API reference, the answers of the reads.
test.each([
  ...['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'].map((value) => [
    ...['OwnershipControls', value],
  ]),
  ...['Enabled', 'Suspended'].map((value) => ['Versioning', value]),
  ...['Enabled', 'Disabled'].map((value) => ['MfaDelete', value]),
  ...['BucketOwner', 'Requester'].map((value) => ['RequestPayment', value]),
])('%s may be %s', (field, value) => {
  expect(messagesFor({ [String(field)]: value })).toBeUndefined();
});

test('a bucket may never have been versioned', () => {
  expect(messagesFor({ Versioning: 'Off' })).toBeUndefined();
});

describe('an error names', () => {
  test('the values that a field may have', () => {
    expect(messagesFor({ OwnershipControls: 'mine' })).toEqual([
      'must be BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter or null',
    ]);
  });

  test.each(['PublicAccessBlock', 'Notifications'] as const)('the members of %s', (field) => {
    const names = Object.keys(states.bucket[field]).filter((name) => name !== 'EventBridge');

    expect(messagesFor({ [field]: true })).toEqual([
      expect.stringContaining(`must have ${names.join(', ')}`),
    ]);
  });
});

test.each([
  [{ Owner: '1222233334444' }, false],
  [{ Owner: '22223333444' }, false],
  [{ Owner: null }, true],
  [{ Region: 'nowhere' }, false],
  [{ Region: 'in us-east-1' }, false],
  [{ Region: 'us-gov-west-1' }, true],
  [{ Region: null }, true],
])('a baseline may have %j: %s', (change, expected) => {
  expect(messagesFor(change) === undefined).toBe(expected);
});
