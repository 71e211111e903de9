import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Policy, policySchema, treatmentOf } from '#baseline/policy.ts';
import { kinds } from '#drift/index.ts';
import { mayRestoreByRetry } from '#reconcile/outcome.ts';
import type { Plan } from '#reconcile/plan.ts';
import { fieldOf } from '#text/diff.ts';
import { anyCall, configuring } from '../support/calls.ts';
import { runs } from '../support/property-runs.ts';
import { protectedAccount } from '../support/protected-account.ts';

// Reconciliation on the sandbox's CloudTrail and Organizations, without a server: for any trail, and any change of it.

const setUp = fc.array(configuring, { maxLength: 6 });
const attack = fc.array(anyCall, { minLength: 1, maxLength: 8 });

test('one run restores any change of any trail, and a second writes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(setUp, attack, async (configured, done) => {
      const account = await protectedAccount(configured);
      const asCaptured = await account.trailState();
      await account.suffer(done);
      const wasLeftAsIs = isSame(await account.trailState(), asCaptured);

      const { verified } = await account.restore();

      expect(await account.trailState()).toEqual(asCaptured);
      expect(verified.findings.filter(({ status }) => status !== 'in-sync')).toEqual([]);
      const written = account.writes();
      if (wasLeftAsIs) expect(written).toEqual([]);
      await account.restore();
      expect(account.writes()).toEqual(written);
    }),
    { numRuns: runs(150) },
  );
});

test('observe mode writes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(setUp, attack, async (configured, done) => {
      const account = await protectedAccount(configured);
      await account.suffer(done);
      const asLeft = await account.trailState();

      await account.restore({ mode: 'observe' });

      expect(account.writes()).toEqual([]);
      expect(await account.trailState()).toEqual(asLeft);
    }),
    { numRuns: runs(50) },
  );
});

describe('a call that fails for good', () => {
  const reads = ['GetTrail', 'GetTrailStatus', 'GetEventSelectors', 'GetInsightSelectors'];
  const moreReads = ['GetEventConfiguration', 'ListTags', 'ListAWSServiceAccessForOrganization'];
  const writes = ['UpdateTrail', 'StartLogging', 'PutEventSelectors', 'PutInsightSelectors'];
  const moreWrites = [
    'CreateTrail',
    'PutEventConfiguration',
    'AddTags',
    'RemoveTags',
    'EnableAWSServiceAccess',
  ];
  const operation = fc.constantFrom(...reads, ...moreReads, ...writes, ...moreWrites);
  const error = fc.constantFrom(
    'AccessDeniedException',
    'ThrottlingException',
    'ConflictException',
    'InternalFailure',
    'TrailNotFoundException',
    'OperationNotPermittedException',
  );

  test('leaves only the drift that it would have restored', async () => {
    await fc.assert(
      fc.asyncProperty(setUp, attack, operation, error, async (configured, done, failing, name) => {
        // If a read says that the trail does not exist, it is created again.
        fc.pre(!(name === 'TrailNotFoundException' && /^(Get|List)/.test(failing)));
        const account = await protectedAccount(configured);
        await account.suffer(done);
        const fault = { service: '*', operation: failing, error: name, times: 1000 };
        account.disruptions.faults.push(fault);

        const { plan, applied } = await account.restore();

        account.disruptions.faults.length = 0;
        const failed = new Set([
          ...plan.findings.filter(({ status }) => status === 'unknown').map(({ kind }) => kind),
          ...applied.filter(({ action }) => action === failing).map(({ kind }) => kind),
        ]);
        const { plan: left } = await account.restore({ mode: 'observe' });
        const isGone = (await account.trailState()) === 'TrailNotFoundException';
        expect(leftIn(left).filter((change) => !isExcused(change, failed, isGone))).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });

  test('is made up for by the next run in which it succeeds', async () => {
    await fc.assert(
      fc.asyncProperty(setUp, attack, operation, error, async (configured, done, failing, name) => {
        const account = await protectedAccount(configured);
        const asCaptured = await account.trailState();
        await account.suffer(done);
        account.disruptions.faults.push({
          service: '*',
          operation: failing,
          error: name,
          times: 1000,
        });
        await account.restore();
        account.disruptions.faults.length = 0;

        await account.restore();

        expect(await account.trailState()).toEqual(asCaptured);
      }),
      { numRuns: runs(80) },
    );
  });
});

test('a call that fails once is made up for by the next run', async () => {
  const anyWrite = fc.constantFrom('CreateTrail', 'UpdateTrail', 'StartLogging', '*');
  const error = fc.constantFrom(
    'TrailAlreadyExistsException',
    'ThrottlingException',
    'KmsException',
  );
  await fc.assert(
    fc.asyncProperty(setUp, attack, anyWrite, error, async (configured, done, operation, name) => {
      const account = await protectedAccount(configured);
      const asCaptured = await account.trailState();
      await account.suffer(done);
      account.disruptions.faults.push({ service: 'cloudtrail', operation, error: name, times: 1 });

      await account.restore();
      await account.restore();

      expect(await account.trailState()).toEqual(asCaptured);
    }),
    { numRuns: runs(80) },
  );
});

describe('a trail that changes during a run', () => {
  const order = (account: Awaited<ReturnType<typeof protectedAccount>>) =>
    account
      .writes()
      .filter(({ error }) => error === null)
      .map(({ operation }) => operation);

  test('and was created again by someone else gets its bucket before it logs', async () => {
    const account = await protectedAccount([]);
    const asCaptured = await account.trailState();
    await account.suffer([{ name: 'DeleteTrail', input: {} }]);

    await account.restore({
      meanwhile: ({ cloudtrail }) =>
        cloudtrail.CreateTrail({ Name: 'org-trail', S3BucketName: 'attacker-bucket' }),
    });

    expect(order(account)).toEqual(['UpdateTrail', 'StartLogging']);
    expect(await account.trailState()).toEqual(asCaptured);
  });

  test('and was deleted is created again', async () => {
    const account = await protectedAccount([]);
    const asCaptured = await account.trailState();
    const input = { S3BucketName: 'attacker-bucket' };
    await account.suffer([{ name: 'UpdateTrail', input }]);

    await account.restore({
      meanwhile: ({ cloudtrail }) => cloudtrail.DeleteTrail({ Name: 'org-trail' }),
    });

    expect(order(account)).toEqual(['CreateTrail', 'StartLogging']);
    expect(await account.trailState()).toEqual(asCaptured);
  });
});

test('a policy keeps its fields from being written; a deleted trail is restored completely', async () => {
  await fc.assert(
    fc.asyncProperty(setUp, attack, policy, async (configured, done, drawn) => {
      const account = await protectedAccount(configured, drawn);
      const asCaptured = await account.trailState();
      await account.suffer(done);
      const wasGone = (await account.trailState()) === 'TrailNotFoundException';

      const { applied } = await account.restore();

      const isLeftAlone = (kind: string, field: string) =>
        treatmentOf(drawn, kinds.find(({ name }) => name === kind) ?? { name: kind }, field) !==
        'restore';
      const { plan } = await account.restore({ mode: 'observe' });
      const alone = new Set(isLeftAlone('organization', 'TrustedAccess') ? ['organization'] : []);
      const wrong = leftIn(plan).filter(
        ({ kind, field }) => !isLeftAlone(kind, field) && !isExcused({ kind, field }, alone, false),
      );
      expect(wrong).toEqual([]);
      expect(applied.filter(({ status }) => status === 'failed' && !alone.size)).toEqual([]);
      if (wasGone && !alone.size) expect(await account.trailState()).toEqual(asCaptured);
    }),
    { numRuns: runs(150) },
  );
});

describe('a write that fails with a transient error is left to the next run,', () => {
  const all = {
    S3BucketName: 'attacker-bucket',
    S3KeyPrefix: 'elsewhere',
    EnableLogFileValidation: true,
    IsMultiRegionTrail: true,
  };

  test.each(['ThrottlingException', 'ConflictException', 'InternalFailure'])(
    'and is not split into parts: %s',
    async (error) => {
      const account = await protectedAccount([]);
      await account.suffer([{ name: 'UpdateTrail', input: all }]);
      account.disruptions.faults.push({
        service: '*',
        operation: 'UpdateTrail',
        error,
        times: 1000,
      });

      const { applied } = await account.restore();

      expect(account.writes().map(({ operation }) => operation)).toEqual(['UpdateTrail']);
      expect(mayRestoreByRetry({ ...(await account.restore()), applied })).toBe(true);
    },
  );

  test('while a refused one is split into parts with their remedies', async () => {
    const account = await protectedAccount([]);
    await account.suffer([{ name: 'UpdateTrail', input: all }]);
    const error = 'InsufficientS3BucketPolicyException';
    account.disruptions.faults.push({ service: '*', operation: 'UpdateTrail', error, times: 1000 });

    const { applied } = await account.restore();

    const [whole, ...parts] = applied;
    expect(whole).toMatchObject({ status: 'failed', remedy: null, retryable: false });
    expect(parts).toHaveLength(3);
    for (const part of parts) expect(part).toMatchObject({ remedy: expect.any(String) });
  });

  test('and its parts stop if the trail does not exist', async () => {
    const account = await protectedAccount([]);
    await account.suffer([{ name: 'UpdateTrail', input: all }]);
    const refused = { service: '*', operation: 'UpdateTrail', times: 1 };
    account.disruptions.faults.push({ ...refused, error: 'KmsException' });
    account.disruptions.faults.push({ ...refused, error: 'TrailNotFoundException' });
    account.disruptions.faults.push({ ...refused, error: 'ConflictException', times: 1000 });

    await account.restore();

    expect(account.writes().map(({ error }) => error)).toEqual([
      'KmsException',
      'TrailNotFoundException',
    ]);
  });
});

test('a trail that cannot be created again is not written to', async () => {
  const account = await protectedAccount([
    { name: 'UpdateTrail', input: { KmsKeyId: 'alias/org-trail', IsMultiRegionTrail: true } },
  ]);
  await account.suffer([{ name: 'DeleteTrail', input: {} }]);
  const error = 'S3BucketDoesNotExistException';
  account.disruptions.faults.push({ service: '*', operation: 'CreateTrail', error, times: 1000 });

  await account.restore();

  expect(new Set(account.writes().map(({ operation }) => operation))).toEqual(
    new Set(['CreateTrail']),
  );
});

/** A valid policy: coupled fields are treated alike, and logging is restored. */
const policy = drawnPolicy();

function drawnPolicy(): fc.Arbitrary<Policy> {
  const treatment = fc.constantFrom('restore', 'alert', 'ignore');
  const byKind = Object.fromEntries(
    kinds
      .filter(({ alwaysEnforced }) => !alwaysEnforced)
      .map(({ name, state }) => {
        const fields = Object.fromEntries(
          Object.keys(state.shape).map((field) => [field, treatment]),
        );
        return [name, fc.oneof(treatment, fc.record(fields, { requiredKeys: [] }))];
      }),
  );
  return fc
    .record(byKind, { requiredKeys: [] })
    .filter((drawn) => policySchema(kinds).safeParse(drawn).success) as fc.Arbitrary<Policy>;
}

type Left = { readonly kind: string; readonly field: string };

/** The findings that the policy restores, or that could not be read. */
const leftIn = ({ findings }: Plan): readonly Left[] =>
  findings.flatMap((finding) => {
    if (finding.status === 'unknown') return [{ kind: finding.kind, field: '' }];
    if (finding.status !== 'drifted') return [];
    return finding.changes.map((change) => ({ kind: finding.kind, field: fieldOf(change) }));
  });

/** The kinds that depend on a failed call: an organization trail without access, and all kinds of a missing trail. */
function isExcused({ kind, field }: Left, failed: ReadonlySet<string>, isGone: boolean): boolean {
  if (failed.has(kind)) return true;
  if (failed.has('organization') && field === 'IsOrganizationTrail') return true;
  return isGone && failed.has('settings');
}

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
