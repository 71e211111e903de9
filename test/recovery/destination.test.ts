import { expect, test } from 'vitest';
import { checkDestination } from '#recovery/destination.ts';

const log = { bucket: 'logs', prefix: null, organization: null };
const allowed = { bucket: 'logs', prefix: 'recovered' };

test.each([
  ['logs', 'recovered', log],
  ['logs', 'recovered/case-7', log],
  ['logs', 'recovered', { ...log, prefix: 'trail' }],
])('recovery may write to s3://%s/%s', (bucket, prefix, to) => {
  expect(() => checkDestination({ bucket, prefix, log: to }, allowed)).not.toThrow();
});

test('recovery may write to the prefix of the trail in another bucket', () => {
  const to = { bucket: 'evidence', prefix: 'trail', log: { ...log, prefix: 'trail' } };

  expect(() => checkDestination(to, { bucket: 'evidence', prefix: 'trail' })).not.toThrow();
});

test.each([
  ['another bucket', 'others', 'recovered'],
  ['another prefix', 'logs', 'AWSLogs'],
  ['a prefix that only begins alike', 'logs', 'recovered-too'],
])('recovery may not write to %s', (_what, bucket, prefix) => {
  expect(() => checkDestination({ bucket, prefix, log }, allowed)).toThrow(
    `s3://${bucket}/${prefix} is not in s3://logs/recovered`,
  );
});

test.each([
  ['recovered', 'recovered'],
  ['recovered/AWSLogs/o-a1b2c3d4e5', 'recovered'],
  ['AWSLogs/111122223333', null],
])('recovery may not write to %s if the trail delivers there', (prefix, own) => {
  const to = { bucket: 'logs', prefix, log: { ...log, prefix: own } };

  expect(() => checkDestination(to, { bucket: 'logs', prefix })).toThrow(
    'is where the trail delivers to',
  );
});
