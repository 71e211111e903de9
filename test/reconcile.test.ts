import { CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Baseline } from '#core/baseline.ts';
import type { Outcome } from '#core/outcome.ts';
import type { Policy } from '#core/policy.ts';
import { parseTrailArn } from '#core/trail.ts';
import { kinds } from '#drift/index.ts';
import { audit } from '#sandbox/audit.ts';
import { capturedStates, readStates } from '#shared/capture.ts';
import { reconcile } from '#shared/reconcile.ts';
import { type AnyCall, anyCall, configuring, make } from './calls.ts';
import { inProcess } from './in-process.ts';

// The loop on the sandbox's CloudTrail and Organizations, without a server: for any trail that an owner may have, and
// whatever is done to it.

const setUp = fc.array(configuring, { maxLength: 6 });
const attack = fc.array(anyCall, { minLength: 1, maxLength: 8 });

test('one reconcile puts back whatever was done to any trail, and a second writes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(setUp, attack, async (configured, done) => {
      const account = await guardedAccount(configured);
      const asCaptured = await account.look();
      await account.suffer(done);
      const wasLeftAsIs = isSame(await account.look(), asCaptured);

      const { verified } = await account.restore();

      expect(await account.look()).toEqual(asCaptured);
      expect(verified.findings.filter(({ status }) => status !== 'in-sync')).toEqual([]);
      const written = account.writes();
      if (wasLeftAsIs) expect(written).toEqual([]);
      await account.restore();
      expect(account.writes()).toEqual(written);
    }),
    { numRuns: 150 },
  );
});

test('observing writes nothing, whatever was done', async () => {
  await fc.assert(
    fc.asyncProperty(setUp, attack, async (configured, done) => {
      const account = await guardedAccount(configured);
      await account.suffer(done);
      const asLeft = await account.look();

      await account.restore({ mode: 'observe' });

      expect(account.writes()).toEqual([]);
      expect(await account.look()).toEqual(asLeft);
    }),
    { numRuns: 50 },
  );
});

describe('a call that fails for good', () => {
  const reads = ['GetTrail', 'GetTrailStatus', 'GetEventSelectors', 'GetInsightSelectors'];
  const moreReads = ['GetEventConfiguration', 'ListTags', 'ListAWSServiceAccessForOrganization'];
  const writes = ['UpdateTrail', 'StartLogging', 'PutEventSelectors', 'PutInsightSelectors'];
  const moreWrites = ['PutEventConfiguration', 'AddTags', 'RemoveTags', 'EnableAWSServiceAccess'];
  const operation = fc.constantFrom(...reads, ...moreReads, ...writes, ...moreWrites);
  const error = fc.constantFrom(
    'AccessDeniedException',
    'ThrottlingException',
    'ConflictException',
    'InternalFailure',
    'TrailNotFoundException',
    'OperationNotPermittedException',
  );

  test('costs what it would have repaired and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(setUp, attack, operation, error, async (configured, done, failing, name) => {
        // A trail that a read says is not there is a trail to make again.
        fc.pre(!(name === 'TrailNotFoundException' && /^(Get|List)/.test(failing)));
        const account = await guardedAccount(configured);
        await account.suffer(done);
        const fault = { service: '*', operation: failing, error: name, times: 1000 };
        account.trouble.faults.push(fault);

        const { plan, applied } = await account.restore();

        account.trouble.faults.length = 0;
        const failed = new Set([
          ...plan.findings.filter(({ status }) => status === 'unknown').map(({ kind }) => kind),
          ...applied.filter(({ action }) => action === failing).map(({ kind }) => kind),
        ]);
        const { plan: left } = await account.restore({ mode: 'observe' });
        const drifted = left.findings.filter(({ status }) => status !== 'in-sync');
        const isGone = (await account.look()) === 'TrailNotFoundException';
        const excused = [...failed].flatMap((kind) => [kind, ...restingOn(kind, isGone)]);
        expect(drifted.map(({ kind }) => kind).filter((kind) => !excused.includes(kind))).toEqual(
          [],
        );
      }),
      { numRuns: 150 },
    );
  });

  test('is made up for by the next reconcile in which it does not fail', async () => {
    await fc.assert(
      fc.asyncProperty(setUp, attack, operation, error, async (configured, done, failing, name) => {
        const account = await guardedAccount(configured);
        const asCaptured = await account.look();
        await account.suffer(done);
        account.trouble.faults.push({ service: '*', operation: failing, error: name, times: 1000 });
        await account.restore();
        account.trouble.faults.length = 0;

        await account.restore();

        expect(await account.look()).toEqual(asCaptured);
      }),
      { numRuns: 80 },
    );
  });
});

test('a call that fails once, wherever it comes, is made up for by the next reconcile', async () => {
  const anyWrite = fc.constantFrom('CreateTrail', 'UpdateTrail', 'StartLogging', '*');
  const error = fc.constantFrom(
    'TrailAlreadyExistsException',
    'ThrottlingException',
    'KmsException',
  );
  await fc.assert(
    fc.asyncProperty(setUp, attack, anyWrite, error, async (configured, done, operation, name) => {
      const account = await guardedAccount(configured);
      const asCaptured = await account.look();
      await account.suffer(done);
      account.trouble.faults.push({ service: 'cloudtrail', operation, error: name, times: 1 });

      await account.restore();
      await account.restore();

      expect(await account.look()).toEqual(asCaptured);
    }),
    { numRuns: 80 },
  );
});

describe('a trail that changes while we look', () => {
  const order = (account: Awaited<ReturnType<typeof guardedAccount>>) =>
    account
      .writes()
      .filter(({ error }) => error === null)
      .map(({ operation }) => operation);

  test('made again by somebody else meanwhile gets its bucket back before it logs', async () => {
    const account = await guardedAccount([]);
    const asCaptured = await account.look();
    await account.suffer([{ name: 'DeleteTrail', input: {} }]);

    await account.restore({
      meanwhile: ({ cloudtrail }) =>
        cloudtrail.CreateTrail({ Name: 'org-trail', S3BucketName: 'attacker-bucket' }),
    });

    expect(order(account)).toEqual(['UpdateTrail', 'StartLogging']);
    expect(await account.look()).toEqual(asCaptured);
  });

  test('deleted meanwhile is made again', async () => {
    const account = await guardedAccount([]);
    const asCaptured = await account.look();
    const input = { S3BucketName: 'attacker-bucket' };
    await account.suffer([{ name: 'UpdateTrail', input }]);

    await account.restore({
      meanwhile: ({ cloudtrail }) => cloudtrail.DeleteTrail({ Name: 'org-trail' }),
    });

    expect(order(account)).toEqual(['CreateTrail', 'StartLogging']);
    expect(await account.look()).toEqual(asCaptured);
  });
});

test('what a policy leaves alone is not written, and everything else comes back', async () => {
  const names = kinds.map(({ name }) => name);
  const policies = fc.dictionary(
    fc.constantFrom(...names.filter((name) => name !== 'settings')),
    fc.constantFrom('restore', 'alert', 'ignore'),
    { noNullPrototype: true },
  ) as fc.Arbitrary<Policy>;
  await fc.assert(
    fc.asyncProperty(setUp, attack, policies, async (configured, done, policy) => {
      const account = await guardedAccount(configured, policy);
      await account.suffer(done);

      const { applied } = await account.restore();

      const alone = names.filter((name) => ['alert', 'ignore'].includes(String(policy[name])));
      expect(applied.filter(({ kind }) => alone.includes(kind))).toEqual([]);
      const { plan } = await account.restore({ mode: 'observe' });
      const drifted = plan.findings.filter(({ status }) => status === 'drifted');
      const excused = alone.flatMap((kind) => [kind, ...restingOn(kind, false)]);
      expect(drifted.map(({ kind }) => kind).filter((kind) => !excused.includes(kind))).toEqual([]);
    }),
    { numRuns: 80 },
  );
});

/** What can not be repaired without another kind: a trail of the organization without access, and a trail that is not there. */
function restingOn(kind: string, isGone: boolean): readonly string[] {
  if (kind === 'organization') return ['settings'];
  if (kind !== 'settings' || !isGone) return [];
  return kinds.map(({ name }) => name).filter((name) => name !== 'organization');
}

/** An account with a trail that its owner has set up and captured. */
async function guardedAccount(configured: readonly AnyCall[], policy: Policy = {}) {
  const { calls, trouble, clientsOf, perform } = inProcess();
  const [owner, mallory, auditor, aws] = ['owner', 'mallory', 'auditor', 'trailkeeper'].map(
    clientsOf,
  );
  if (!(owner && mallory && auditor && aws)) throw new Error('no clients');
  const { TrailARN = '' } = await owner.cloudtrail.send(
    new CreateTrailCommand({ Name: 'org-trail', S3BucketName: 'org-trail-logs' }),
  );
  await owner.cloudtrail.send(new StartLoggingCommand({ Name: TrailARN }));
  for (const call of configured) await make(call, owner, TrailARN);

  const trail = parseTrailArn(TrailARN);
  const now = () => new Date();
  const baseline: Baseline = {
    schema: 1,
    trail: trail.arn,
    version: 1,
    capturedAt: now().toISOString(),
    capturedBy: 'owner',
    reason: 'captured',
    states: capturedStates(kinds, await readStates(kinds, aws, trail, now())),
    policy,
  };
  const start = calls.length;

  return {
    trouble,
    look: () => audit(auditor, TrailARN),
    /** The calls by trailkeeper that change something. */
    writes: () =>
      calls
        .slice(start)
        .filter(({ principal }) => principal.endsWith('/trailkeeper'))
        .filter(({ operation }) => !/^(Get|List)/.test(operation)),
    async suffer(done: readonly AnyCall[]) {
      for (const call of done) await make(call, mallory, TrailARN);
    },
    /** One reconcile; `meanwhile` happens once, between the look and the first write. */
    restore({ mode = 'enforce', meanwhile }: RestoreOptions = {}) {
      const onPlan = () => meanwhile?.(perform);
      return reconcile(baseline, { kinds, aws, mode, now, onPlan });
    },
  };
}

type RestoreOptions = {
  readonly mode?: Outcome['mode'];
  readonly meanwhile?: (perform: ReturnType<typeof inProcess>['perform']) => unknown;
};

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
