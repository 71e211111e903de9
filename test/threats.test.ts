import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '#core/plan.ts';
import { attacks, breakages } from '#sandbox/attacks.ts';
import { type Account, startAccount } from './account.ts';

// Every way to weaken a trail by a call about the trail or its organization (threats A1 to A20, F1 to F3), as an event tells
// of it and as the sweep finds it.

let account: Account;
let asCaptured: unknown;

beforeAll(async () => {
  account = await startAccount();
  asCaptured = await account.look();
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
});
afterAll(() => account.stop());

const ways = {
  'by its event': async () => account.settled(),
  'by the sweep, its event lost': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is undone %s:', (way, happens) => {
  test.each(attacks.filter(({ forPeople }) => !forPeople))(
    '$id, Mallory $title',
    async (attack) => {
      account.deliver({ drop: way !== 'by its event' });
      await attack.call(account.clientsOf(attack.as), account.trail);

      await happens();

      expect(await account.look()).toEqual(asCaptured);
    },
  );
});

describe('is told with what it costs, and the trail left alone, where only a person may undo it:', () => {
  test.each(attacks.filter(({ forPeople }) => forPeople))('$id, Mallory $title', async (attack) => {
    account.deliver({ drop: false });
    const start = account.calls.length;
    await attack.call(account.clientsOf(attack.as), account.trail);

    await account.settled();

    expect(account.writesSince(start)).toEqual([]);
    expect(await account.look()).not.toEqual(asCaptured);
    const [incident] = await account.incidents();
    const drifted = incident?.outcome?.plan.findings.filter(isDrifted) ?? [];
    expect(drifted).toHaveLength(1);
    expect(drifted[0]?.changes[0]?.impact.words).toMatch(/\d{12} may/);
  });
});

describe('is told by the sweep with what it costs, though it is no call about the trail:', () => {
  /** What is seen of what the log goes to, and how bad that is. */
  const seen: Readonly<Record<string, readonly [field: string, is: string | null, string]>> = {
    B1: ['BucketOwner', 'not readable', 'critical'],
    B3a: ['BucketRegion', null, 'critical'],
    B3b: ['BucketOwner', 'not readable', 'critical'],
    C1: ['KeyState', 'Disabled', 'high'],
    C2: ['KeyState', 'PendingDeletion', 'critical'],
    D1: ['Topic', 'gone', 'medium'],
    E1: ['LogGroup', 'gone', 'high'],
  };

  test.each(breakages)('$id, Mallory $title', async (attack) => {
    const start = account.calls.length;
    await attack.call(account.clientsOf(attack.as), account.trail);

    const [report] = await account.swept();

    const findings = report && 'outcome' in report ? report.outcome.plan.findings : [];
    const changes = findings.filter(isDrifted).filter(({ kind }) => kind === 'sink');
    expect(
      changes
        .flatMap((finding) => finding.changes)
        .map(({ path, actual, impact }) => [path, actual, impact.severity]),
    ).toEqual([seen[attack.id]]);
    expect(account.writesSince(start)).toEqual([]);
  });
});

describe('is seen, and not only restored:', () => {
  test.each(attacks)('$id, Mallory $title', async (attack) => {
    await attack.call(account.clientsOf(attack.as), account.trail);

    const [report] = await account.swept({ mode: 'observe' });

    const outcome = report && 'outcome' in report ? report.outcome : undefined;
    const changes = outcome?.plan.findings.filter(isDrifted).flatMap((one) => one.changes) ?? [];
    expect(changes).not.toHaveLength(0);
    expect(changes.some(({ impact }) => impact.blinding)).toBe(blinding.includes(attack.id));
  });

  /** What costs record, or hands it to somebody else: the rest of the list does not. */
  const blinding = [
    ...['A1', 'A2', 'A3', 'A5', 'A6', 'A8a', 'A11', 'A13', 'A14a', 'A14b', 'A15', 'A16a', 'A16b'],
    ...['A17', 'A18', 'A19', 'F1'],
  ];
});

test('none of them writes anything twice', async () => {
  for (const attack of attacks) {
    await account.reset();
    account.deliver({ drop: true });
    await attack.call(account.clientsOf(attack.as), account.trail);
    await account.swept();
    const start = account.calls.length;

    await account.swept();

    expect(account.writesSince(start), attack.id).toEqual([]);
  }
});

const isDrifted = (finding: Finding): finding is Extract<Finding, { status: 'drifted' }> =>
  finding.status === 'drifted';
