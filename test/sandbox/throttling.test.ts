import { expect, test } from 'vitest';
import type { Call } from '#sandbox/service.ts';
import {
  checkQuota,
  throttling as quotas,
  type Throttling,
  unlimited,
} from '#sandbox/throttling.ts';

test('all writes share the quota of an account and Region, which refills after a second', () => {
  const throttling = { ...unlimited(), writesPerSecond: 2 };
  const tried = [
    call('StopLogging', 0),
    call('UpdateTrail', 10),
    call('DeleteTrail', 20),
    call('UpdateTrail', 999),
    call('UpdateTrail', 1000),
    call('UpdateTrail', 1001),
  ].map((one) => isTaken(throttling, one));

  expect(tried).toEqual([true, true, false, false, true, false]);
});

test('reads, other Regions, accounts and services do not use the write quota', () => {
  const throttling = { ...unlimited(), writesPerSecond: 1 };
  isTaken(throttling, call('StopLogging', 0));

  const tried = [
    call('GetTrail', 0),
    call('LookupEvents', 0),
    call('StopLogging', 0, { region: 'eu-west-1' }),
    call('StopLogging', 0, {
      principal: { accountId: '222233334444' } as Call['principal'],
    }),
    call('PutBucketPolicy', 0, { service: 's3' }),
  ].map((one) => isTaken(throttling, one));

  expect(tried).toEqual([true, true, true, true, true]);
});

test('reads share a separate quota', () => {
  const throttling = { ...unlimited(), readsPerSecond: 2 };

  const tried = ['GetTrail', 'ListTags', 'DescribeTrails', 'StopLogging'].map((operation) =>
    isTaken(throttling, call(operation, 0)),
  );

  expect(tried).toEqual([true, true, false, true]);
});

test('event history has a separate quota, in each Region', () => {
  const throttling = { ...unlimited(), readsPerSecond: 1, lookupsPerSecond: 2 };

  const tried = [
    call('LookupEvents', 0),
    call('GetTrail', 0),
    call('LookupEvents', 10),
    call('LookupEvents', 20),
    call('LookupEvents', 20, { region: 'eu-west-1' }),
  ].map((one) => isTaken(throttling, one));

  expect(tried).toEqual([true, true, true, false, true]);
});

test('event history has its documented quota by default', () => {
  expect(quotas.parse({ writesPerSecond: null })).toMatchObject({ lookupsPerSecond: 2 });
});

test('a call beyond the quota fails with ThrottlingException', () => {
  const throttling = { ...unlimited(), writesPerSecond: 1 };
  checkQuota(throttling, call('StopLogging', 0));

  expect(() => checkQuota(throttling, call('StopLogging', 0))).toThrow(
    expect.objectContaining({
      code: 'ThrottlingException',
      message: 'Rate exceeded',
      status: 400,
    }),
  );
});

function isTaken(throttling: Throttling, one: Call): boolean {
  try {
    checkQuota(throttling, one);
    return true;
  } catch {
    return false;
  }
}

function call(operation: string, milliseconds: number, others: Partial<Call> = {}): Call {
  return {
    principal: { accountId: '111122223333' } as Call['principal'],
    region: 'us-east-1',
    service: 'cloudtrail',
    operation,
    input: {},
    userAgent: 'test',
    requestId: 'a-request',
    at: new Date(milliseconds),
    ...others,
  };
}
