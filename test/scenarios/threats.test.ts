import {
  CreateTrailCommand,
  DeleteTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '#reconcile/plan.ts';
import { attacks, dependencyAttacks } from '#sandbox/attacks.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { testAccount } from '../support/account.ts';

// Every way to weaken a trail by calls about the trail or its organization (threats A1 to A20, F1 to F4), detected by
// an event and by the sweep.

const account = testAccount();
let asCaptured: unknown;

beforeAll(async () => {
  asCaptured = await account.auditTrail();
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
});

const ways = {
  'by its event': async () => {
    account.deliver({ paused: false });
    await account.settled();
  },
  'by the sweep, without its event': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is reverted %s:', (way, happens) => {
  test.each(attacks.filter(({ reportOnly }) => !reportOnly))(
    '$id, Mallory $title',
    async (attack) => {
      account.deliver({ drop: way !== 'by its event' });
      await attack.call(account.clientsOf(attack.as), account.trail);

      await happens();

      expect(await account.auditTrail()).toEqual(asCaptured);
    },
  );
});

describe('is reported with its impact and not restored if only a person may revert it:', () => {
  test.each(attacks.filter(({ reportOnly }) => reportOnly))(
    '$id, Mallory $title',
    async (attack) => {
      account.deliver({ drop: false });
      const start = account.calls.length;
      await attack.call(account.clientsOf(attack.as), account.trail);

      await account.settled();

      expect(account.writesSince(start)).toEqual([]);
      expect(await account.auditTrail()).not.toEqual(asCaptured);
      const [incident] = await account.incidents();
      const drifted = incident?.episodes[0]?.outcome.plan.findings.filter(isDrifted) ?? [];
      expect(drifted).toHaveLength(1);
      expect(drifted[0]?.changes[0]?.impact.description).toMatch(/\d{12} can/);
    },
  );
});

describe.each(Object.entries(ways))('is reported with its impact %s:', (way, happens) => {
  /** The field and value of the finding, and its severity. */
  const seen: Readonly<Record<string, readonly [field: string, is: unknown, string]>> = {
    B1: ['Owner', 'not readable', 'critical'],
    B3a: ['Region', null, 'critical'],
    B3b: ['Owner', 'not readable', 'critical'],
    C1: ['KeyState', 'Disabled', 'high'],
    C2: ['KeyState', 'PendingDeletion', 'critical'],
    C3a: ['CloudTrailStatements', [], 'high'],
    C3b: ['Denials', [expect.objectContaining({ Effect: 'Deny' })], 'high'],
    C3c: ['OtherStatements', expect.any(Array), 'medium'],
    C6: ['RotationPeriodInDays', 'off', 'low'],
    D1: ['Existence', 'gone', 'medium'],
    D2a: ['CloudTrailStatements', [], 'medium'],
    D2b: ['Denials', [expect.objectContaining({ Effect: 'Deny' })], 'medium'],
    D3: ['KmsMasterKeyId', 'alias/aws/sns', 'medium'],
    D4: ['Tags', expect.arrayContaining([{ Key: 'owner', Value: 'mallory' }]), 'low'],
    D5: ['OtherStatements', expect.any(Array), 'medium'],
    D6: ['Subscriptions', [expect.stringMatching(/^sqs .*mallory$/)], 'high'],
    E1: ['Existence', 'gone', 'high'],
    E2: ['RetentionInDays', 1, 'high'],
    E3: ['Existence', 'gone', 'high'],
    E4: ['InlinePolicies', [], 'high'],
    E5: ['PermissionsBoundary', 'arn:aws:iam::aws:policy/AWSDenyAll', 'high'],
  };

  test.each(dependencyAttacks)('$id, Mallory $title', async (attack) => {
    account.deliver({ drop: way !== 'by its event', paused: true });
    const start = account.calls.length;
    await attack.call(account.clientsOf(attack.as), account.trail);

    await happens();

    const [incident, ...others] = await account.incidents();
    const changes = incident?.episodes[0]?.outcome.plan.findings
      .filter(isDrifted)
      .filter(({ kind }) => ['bucket', 'key', 'topic', 'log-group', 'log-role'].includes(kind))
      .flatMap((finding) => finding.changes);
    expect(changes?.map(({ path, actual, impact }) => [path, actual, impact.severity])).toEqual([
      seen[attack.id],
    ]);
    for (const { impact } of changes ?? []) {
      expect(impact.description).toMatch(
        /^(bucket|key|topic|log group|role) \S+ \(account \d{12}\): /,
      );
    }
    expect(others).toEqual([]);
    expect(incident?.cause?.principal.accountId).toBe(
      way === 'by its event' ? (attack.as ?? account.account) : undefined,
    );
    expect(account.writesSince(start)).toEqual([]);
  });
});

describe('is reported with its interval, though it was reverted before the sweep and no event arrived:', () => {
  const interruptions = async () =>
    (await account.incidents()).flatMap(({ interruptions, severity }) =>
      interruptions.map((one) => ({ ...one, severity })),
    );

  test('I3, Mallory stops logging, acts, and starts it again', async () => {
    await account.swept();
    const { outsider, trail: Name } = account;
    await outsider.send(new StopLoggingCommand({ Name }));
    await outsider.send(new StartLoggingCommand({ Name }));
    const { StartLoggingTime, StopLoggingTime } = await outsider.send(
      new GetTrailStatusCommand({ Name }),
    );

    await account.swept();
    await account.swept();

    expect(await interruptions()).toEqual([
      {
        how: 'stopped',
        from: StopLoggingTime?.toISOString(),
        isFromKnown: true,
        to: StartLoggingTime?.toISOString(),
        severity: 'critical',
      },
    ]);
  });

  test('A2, Mallory deletes the trail, acts, and recreates it', async () => {
    await account.swept();
    const { outsider, trail: Name } = account;
    await outsider.send(new DeleteTrailCommand({ Name }));
    await outsider.send(
      new CreateTrailCommand({ Name: parseTrailArn(Name).name, S3BucketName: 'org-trail-logs' }),
    );
    await outsider.send(new StartLoggingCommand({ Name }));
    const { StartLoggingTime } = await outsider.send(new GetTrailStatusCommand({ Name }));

    await account.swept();

    expect(await interruptions()).toMatchObject([
      { how: 'made-again', isFromKnown: false, to: StartLoggingTime?.toISOString() },
    ]);
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('but not if trailkeeper started logging', async () => {
    for (const undo of [StopLoggingCommand, DeleteTrailCommand]) {
      await account.outsider.send(new undo({ Name: account.trail }));
      await account.swept();
      await account.swept();
    }

    expect(await interruptions()).toEqual([]);
    expect(await account.auditTrail()).toEqual(asCaptured);
  });
});

describe('is detected and restored:', () => {
  test.each(attacks)('$id, Mallory $title', async (attack) => {
    await attack.call(account.clientsOf(attack.as), account.trail);

    const [report] = await account.swept({ mode: 'observe' });

    const outcome = report && 'outcome' in report ? report.outcome : undefined;
    const changes = outcome?.plan.findings.filter(isDrifted).flatMap((one) => one.changes) ?? [];
    expect(changes).not.toHaveLength(0);
    expect(changes.some(({ impact }) => impact.losesCoverage)).toBe(
      losesCoverage.includes(attack.id),
    );
  });

  /** The attacks that lose events or redirect them. */
  const losesCoverage = [
    ...['A1', 'A2', 'A3', 'A5', 'A6', 'A8a', 'A11', 'A13', 'A14a', 'A14b', 'A15', 'A16a', 'A16b'],
    ...['A17', 'A18', 'A19', 'F1', 'F4'],
  ];
});

const isDrifted = (finding: Finding): finding is Extract<Finding, { status: 'drifted' }> =>
  finding.status === 'drifted';
