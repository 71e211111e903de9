import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import type { Policy } from '#baseline/policy.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { Observation } from '#drift/observe.ts';
import { verdict } from '#reconcile/outcome.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { baseline, trail } from '../support/baseline.ts';

// A repair that AWS refuses because of something that the trail depends on. The kinds here are the least that shows it.

/** What AWS is like: whether the bucket lets CloudTrail in, and whether the trail is as captured. */
type Live = { bucket: boolean; trail: boolean | null };

test('a dependency that was believed to be in sync is read, restored, and the repair tried again', async () => {
  const account = accountOf({ bucket: false, trail: false }, { believes: true });

  const outcome = await account.restore({ bucket: 'restore' });

  expect(account.live).toEqual({ bucket: true, trail: true });
  expect(verdict(outcome)).toBe('restored');
});

test('a trail that could not be created is created, and what needs it is restored', async () => {
  const account = accountOf({ bucket: false, trail: null }, { believes: true });

  await account.restore({ bucket: 'restore' });

  expect(account.live).toEqual({ bucket: true, trail: true });
});

test('CloudTrail may see the restored dependency late', async () => {
  const account = accountOf({ bucket: false, trail: false }, { believes: false, lagMs: 900 });

  await account.restore({ bucket: 'restore' });

  expect(account.live).toEqual({ bucket: true, trail: true });
});

test('a dependency that is only reported is not written, and the repair is not repeated', async () => {
  const account = accountOf({ bucket: false, trail: false }, { believes: true });

  const outcome = await account.restore({});

  expect(account.live).toEqual({ bucket: false, trail: false });
  expect(account.writes).toEqual(['UpdateTrail']);
  expect(verdict(outcome)).toBe('failed');
});

test('a repair that stays refused is tried three times, and the run ends', async () => {
  const account = accountOf({ bucket: false, trail: false }, { believes: false, lagMs: readLagMs });

  const outcome = await account.restore({ bucket: 'restore' });

  expect(account.live).toEqual({ bucket: true, trail: false });
  expect(account.writes).toEqual(['PutBucketPolicy', 'UpdateTrail', 'UpdateTrail', 'UpdateTrail']);
  expect(verdict(outcome)).toBe('failed');
});

// Source: the error documentation of CreateTrail and UpdateTrail, CloudTrail API reference.
test.each([
  ['CloudTrailAccessNotEnabledException', 'organization'],
  ['S3BucketDoesNotExistException', 'bucket'],
  ['InsufficientS3BucketPolicyException', 'bucket'],
  ['InsufficientEncryptionPolicyException', 'key'],
  ['KmsKeyNotFoundException', 'key'],
  ['KmsKeyDisabledException', 'key'],
  ['KmsException', 'key'],
  ['KmsException', 'topic'],
  ['InsufficientSnsTopicPolicyException', 'topic'],
  ['InvalidCloudWatchLogsLogGroupArnException', 'log-group'],
  ['InvalidCloudWatchLogsLogGroupArnException', 'log-role'],
  ['InvalidCloudWatchLogsRoleArnException', 'log-group'],
  ['InvalidCloudWatchLogsRoleArnException', 'log-role'],
  ['CloudWatchLogsDeliveryUnavailableException', 'log-group'],
  ['CloudWatchLogsDeliveryUnavailableException', 'log-role'],
])(
  'a repair that is refused with %s is tried again once the %s is restored',
  async (error, kind) => {
    const account = accountOf({ bucket: false, trail: false }, { believes: true, error, kind });

    await account.restore({ [kind]: 'restore' });

    expect(account.live).toEqual({ bucket: true, trail: true });
  },
);

type Setting = {
  /** Whether the dependency is believed to be in sync. */
  readonly believes: boolean;
  /** How long CloudTrail does not see the restored dependency. */
  readonly lagMs?: number;
  /** The kind of the dependency, and the error for which CloudTrail refuses the trail without it. */
  readonly kind?: string;
  readonly error?: string;
};

function accountOf(live: Live, { believes, lagMs = 0, ...setting }: Setting) {
  const { kind: dependency = 'bucket', error = 'InsufficientS3BucketPolicyException' } = setting;
  let time = 0;
  let bucketSince = 0;
  let isBelieved = believes;
  const writes: string[] = [];
  const kinds = [
    kindOf(
      dependency,
      'alert',
      () => ({ IsOpen: live.bucket }),
      () => {
        writes.push('PutBucketPolicy');
        live.bucket = true;
        bucketSince = time;
      },
    ),
    kindOf(
      'settings',
      undefined,
      () => (live.trail === null ? null : { IsOpen: live.trail }),
      () => {
        writes.push('UpdateTrail');
        if (!live.bucket || time < bucketSince + lagMs) {
          throw Object.assign(new Error('refused'), { name: error });
        }
        live.trail = true;
      },
    ),
  ];
  const open = { IsOpen: true };
  const states = { [dependency]: open, settings: open };
  return {
    live,
    writes,
    restore: (policy: Policy) =>
      reconcile(
        { ...baseline, trail: trail.arn, states, policy },
        {
          kinds,
          aws: {} as Aws,
          mode: 'enforce',
          now: () => new Date(time),
          sleep: async (ms) => {
            await setImmediate();
            time += ms;
          },
          readLagMs,
          async observe(kind, isDoubted): Promise<Observation> {
            isBelieved &&= kind.name !== dependency || !isDoubted;
            const state =
              isBelieved && kind.name === dependency
                ? open
                : await kind.observe({} as Aws, trail, new Date(time));
            return { status: 'observed', state };
          },
        },
      ),
  };
}

function kindOf(
  name: string,
  defaultTreatment: 'alert' | undefined,
  observe: () => object | null,
  write: () => void,
): DriftKind {
  return {
    name,
    ...(defaultTreatment && { defaultTreatment }),
    state: z.strictObject({ IsOpen: z.boolean() }),
    triggers: [],
    permissions: { observe: [], repair: [{ actions: ['any:Write'], resources: () => [] }] },
    observe: async () => observe(),
    impact: () => ({ description: 'closed', severity: 'critical', losesCoverage: true }),
    repair: () => [{ action: 'Write', input: {} }],
    apply: async () => write(),
    historyModel: { applyCall: () => null },
  };
}
