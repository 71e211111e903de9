import { describe, expect, test } from 'vitest';
import { type Incident, longestList, ownEvents } from '#incident/incident.ts';
import type { Finding } from '#reconcile/plan.ts';
import {
  call,
  drift,
  enforced,
  minutes,
  office,
  paced,
  painted,
  planOf,
  retagged,
  rules,
  waiting,
} from '../support/incident-fixtures.ts';

describe('many incidents in a short time', () => {
  test('become one digest, and its end is told', () => {
    const { repair, sweep, told, rows } = office();
    for (let i = 0; i < 60; i += 1) repair(i / 10, painted(`colour ${i}`));
    const digests = [...rows].filter(([, { status }]) => status === 'digest');
    expect(digests).toMatchObject([[expect.any(String), { count: 60 }]]);
    const doublings = [8, 16, 32].length;
    expect(told.length).toBe(2 * rules.digestAfter + 1 + doublings);

    sweep(30, painted('red'));
    const [[key, digest] = []] = [...rows].filter(([, { status }]) => status === 'digest');
    expect(digest?.endedAt).toBe(minutes(30));
    expect(told.at(-1)).toEqual(['Trail Drift Detected', key]);
  });

  test('hide nothing that is graver than all of them', () => {
    const { repair, told, rows } = office();
    for (let i = 0; i < 20; i += 1) repair(i / 10, painted(`colour ${i}`, 'low'));
    const before = told.length;
    repair(3, painted('black', 'critical'));

    const [, incident = ''] = told[before] ?? [];
    expect(rows.get(incident)).toMatchObject({ severity: 'critical', isFolded: false });
  });
});

describe('what is not put right', () => {
  test('is told by itself, though a digest tells the others', () => {
    const { repair, told, rows } = office();
    for (let i = 0; i < 20; i += 1) repair(i / 10, painted(`colour ${i}`, 'critical'));
    const before = told.length;
    repair(3, painted('black', 'critical'), null, painted('black', 'critical'));

    const [event, incident = ''] = told[before] ?? [];
    expect(event).toBe('Trail Restore Failed');
    expect(rows.get(incident)).toMatchObject({ status: 'failed', isFolded: false, endedAt: null });
  });

  test('is told when the digest ends that told it', () => {
    const { repair, sweep, told, rows } = office();
    for (let i = 0; i < 20; i += 1) repair(i / 10, painted(`colour ${i}`));
    sweep(3, painted('black'));
    const before = told.length;
    sweep(30, painted('black'));

    const heard = told.slice(before).map(([, incident]) => rows.get(incident)?.status);
    expect(heard.toSorted()).toEqual(['digest', 'drifted']);
    expect([...rows.values()].filter(({ endedAt, isFolded }) => !endedAt && isFolded)).toEqual([]);
  });

  test('once its Hold has ended is told as that', () => {
    const { look, incidents, events } = office();
    const [finding] = painted('blue').findings;
    const withheld = { by: 'hold', hold: 'a-hold', until: minutes(60), askedBy: 'alice' } as const;
    const held = planOf({ ...finding, steps: [], withheld } as Finding);
    const step = { kind: 'paint', action: 'Paint', input: {}, status: 'applied' } as const;
    look(1, { outcome: { mode: 'enforce', plan: held, applied: [], verified: held } });
    expect(incidents()).toMatchObject([{ status: 'held' }]);
    const left = painted('blue');
    look(61, { outcome: { mode: 'enforce', plan: left, applied: [step], verified: left } });
    look(62, { outcome: { mode: 'enforce', plan: left, applied: [step], verified: left } });

    expect(incidents()).toMatchObject([{ status: 'degraded' }]);
    expect(events()).toEqual(['Trail Restore Deferred', 'Trail Restore Failed']);
  });

  test('is as grave as the gravest of it', () => {
    const { look, incidents } = office();
    const cause = call('StopLogging', 0);
    const found = painted('blue', 'low');
    look(0, {
      cause,
      outcome: { mode: 'enforce', plan: found, applied: [], verified: found },
      phase: 'found',
    });
    const left = painted('black', 'critical');
    look(0.1, { cause, outcome: { mode: 'enforce', plan: found, applied: [], verified: left } });

    expect(incidents()).toMatchObject([{ severity: 'critical', endedAt: null }]);
  });
});

describe('a repair that waits for the sweep', () => {
  test('is one page, for as long as the war goes on', () => {
    const { sweep, repair, told, rows } = office();
    for (let at = 0; at < 60; at += 1) {
      sweep(at + 0.1, paced, call('StopLogging', at));
      repair(at + 0.5, painted('blue', 'low'));
    }

    expect(told).toHaveLength(1);
    expect(rows.get(told[0]?.[1] ?? '')).toMatchObject({ status: 'war' });
  });
});

describe('whoever makes a noise hides nothing:', () => {
  test('what costs record is told each time, whatever war there is about what does not', () => {
    const { sweep, repair, told, rows } = office();
    const hours = 12;
    for (let at = 0; at < hours * 60; at += 1) {
      sweep(at + 0.1, paced, call('AddTags', at));
      repair(at + 0.5, painted('blue', 'low'));
      if (at % 30 === 15) {
        repair(at + 0.7, painted(`black ${at}`, 'critical'), call('StopLogging', at + 0.6));
      }
    }

    const heard = new Set(told.map(([, incident]) => incident));
    const critical = [...heard].filter((one) => rows.get(one)?.severity === 'critical');
    expect(critical).toHaveLength(hours * 2);
  });

  test('what is left as it is is told by itself, though a digest told it', () => {
    const { sweep, told, rows } = office();
    for (let i = 0; i < 10; i += 1) sweep(i / 10, painted(`colour ${i}`, 'critical'));
    for (let at = 1; at < 10; at += 1) sweep(at, painted('black', 'critical'));

    const left = [...rows].find(([, { endedAt, status }]) => !endedAt && status === 'drifted');
    expect(left?.[1]).toMatchObject({ isFolded: false, severity: 'critical' });
    expect(told.map(([, incident]) => incident)).toContain(left?.[0]);
  });

  test('a digest accuses nobody, and says nothing of what was restored', () => {
    const { repair, incidents } = office();
    for (let i = 0; i < 10; i += 1) {
      repair(i / 10, painted(`colour ${i}`), call('StopLogging', i / 10));
    }

    const digest = incidents().find(({ status }) => status === 'digest');
    expect(digest).toMatchObject({ cause: null, outcome: null });
    expect(digest?.also.length).toBeGreaterThan(1);
  });

  test('a war says what waits, and nothing else', () => {
    const { sweep, incidents } = office();
    sweep(0, retagged(paced), call('AddTags', 0));

    const war = incidents().find(({ status }) => status === 'war');
    expect(war).toMatchObject({ cause: null, severity: 'low' });
    expect(war?.outcome?.verified.findings.map(({ kind }) => kind)).toEqual(['paint']);
  });

  test('attempts of many leave room for who has changed something', () => {
    const { sweep, incidents } = office();
    for (let i = 0; i < 40; i += 1) {
      sweep(i / 100, painted('red'), call('StopLogging', i / 100, `somebody-${i}`, true));
    }
    sweep(1, painted('red'), call('StopLogging', 0.9));

    const touched = incidents().find(({ status }) => status === 'touched');
    expect(touched).toMatchObject({ count: 1, cause: { principal: { name: 'mallory' } } });
  });
});

/** So many restores in one minute that a digest tells of the last of them. */
function noise(
  { repair }: Pick<ReturnType<typeof office>, 'repair'>,
  severity: 'low' | 'high' | 'critical' = 'high',
): void {
  for (let i = 0; i <= rules.digestAfter; i += 1) repair(i / 10, painted(`noise ${i}`, severity));
}

const isDigest = ({ id }: Incident): boolean => id.endsWith('-digest');

describe('a digest', () => {
  test('is told again whenever it stands for twice as many', () => {
    const { repair, told, incidents } = office();
    const heard: (number | undefined)[] = [];
    for (let i = 0; i < 70; i += 1) {
      const before = told.length;
      repair(i / 10, painted(`colour ${i}`));
      const digest = incidents().find(isDigest);
      if (digest !== undefined && told.length > before) heard.push(digest.count);
    }

    expect(heard).toEqual([rules.digestAfter + 1, 8, 16, 32, 64]);
  });

  test('names the calls of what it tells, the latest of them, and none where there was none', () => {
    const [swept, called] = [office(), office()];
    const calls = [];
    for (let i = 0; i < 40; i += 1) {
      const cause = call('StopLogging', i / 10);
      calls.push(cause);
      swept.repair(i / 10, painted(`colour ${i}`));
      called.repair(i / 10, painted(`colour ${i}`), cause);
      if (i === rules.digestAfter) {
        expect(called.incidents().find(isDigest)?.also).toContainEqual(cause);
      }
    }

    expect(swept.incidents().find(isDigest)?.also).toEqual([]);
    expect(called.incidents().find(isDigest)?.also).toEqual(calls.slice(-longestList));
  });

  test('grows as grave as the gravest of it, is told then, and stays so', () => {
    const { repair, incidents, told } = office();
    for (let i = 0; i < 10; i += 1) repair(i / 10, painted(`colour ${i}`, 'low'));
    expect(incidents().find(isDigest)).toMatchObject({ severity: 'low' });
    for (let i = 10; i < 30; i += 1) repair(i / 10, painted(`colour ${i}`, 'critical'));
    repair(3, painted('colour 30', 'low'));
    const heard = told.length;
    for (let i = 31; i < 60; i += 1) repair(i / 10, painted(`colour ${i}`, 'critical'));

    expect(incidents().find(isDigest)).toMatchObject({ severity: 'critical', count: 55 });
    const byThemselves = incidents().filter(
      ({ severity, isFolded }) => severity === 'critical' && !isFolded,
    );
    expect(byThemselves).toHaveLength(rules.digestAfter + 1);
    expect(told.length - heard).toBe(1);
  });

  test('that lasts is told again at the pace that was set', () => {
    const { repair, sweep, incidents } = office();
    for (let at = 0; at < 7 * 60; at += 1) {
      repair(at, painted(`colour ${at}`, 'low'));
      sweep(at + 0.5, painted('red'));
    }

    expect(incidents().find(isDigest)).toMatchObject({ reminders: 1, endedAt: null });
  });

  test('tells what stays, from then on by itself, and so its end', () => {
    const made = office();
    noise(made);
    const { sweep, rows, told } = made;
    sweep(1, painted('black'));
    sweep(2, painted('black'));
    const [[key = '', row] = []] = [...rows]
      .filter(([, { endedAt }]) => endedAt === null)
      .slice(-1);
    expect(row).toMatchObject({ status: 'drifted', isFolded: true });
    for (let at = 3; at < 9; at += 1) sweep(at, painted('black'));
    sweep(9, painted('red'));

    expect(rows.get(key)).toMatchObject({ status: 'recovered', isFolded: false });
    expect(told.filter(([, incident]) => incident === key)).toEqual([
      [ownEvents.drifted, key],
      [ownEvents.recovered, key],
    ]);
  });

  test('keeps what waits for a truce until its end, and then that is told', () => {
    for (const by of ['hold', 'pace'] as const) {
      const made = office();
      noise(made);
      const { look, rows, told } = made;
      const early = told.length;
      look(1, { outcome: enforced(waiting(by)) });
      for (let at = 2; at < 10; at += 1) look(at, { outcome: enforced(waiting(by, 'green')) });
      const waits = [...rows].filter(([, row]) => row.endedAt === null && !isDigest(row));
      const [[key = '', row] = []] = waits;
      expect(row).toMatchObject({ status: by === 'hold' ? 'held' : 'deferred', isFolded: true });
      expect(told.slice(early).map(([, incident]) => incident)).not.toContain(key);

      look(20, { outcome: enforced(waiting(by, 'green')) });
      expect(rows.get(key)).toMatchObject({ isFolded: false });
      expect(told).toContainEqual([ownEvents.held, key]);
    }
  });

  test('keeps what comes to wait for a truce', () => {
    for (const by of ['hold', 'pace'] as const) {
      const made = office();
      noise(made);
      const { sweep, look, rows, told } = made;
      sweep(1, painted('blue', 'low'));
      look(2, { outcome: enforced(waiting(by)) });

      const [[key = '', row] = []] = [...rows].filter(
        ([, one]) => one.endedAt === null && !isDigest(one),
      );
      expect(row).toMatchObject({ status: by === 'hold' ? 'held' : 'deferred', isFolded: true });
      expect(row?.outcome?.verified).toEqual(waiting(by));
      expect(told.map(([, incident]) => incident)).not.toContain(key);
    }
  });

  test('keeps what was found while it was looked at, and is no graver', () => {
    const made = office();
    noise(made);
    const { look, rows, told } = made;
    const cause = call('StopLogging', 1);
    look(1, { cause, outcome: enforced(waiting('hold', 'blue')), phase: 'found' });
    look(1.1, { cause, outcome: enforced(waiting('hold', 'blue'), waiting('hold', 'green')) });

    const [[key = '', row] = []] = [...rows].filter(([, one]) => one.cause === cause);
    expect(row).toMatchObject({ status: 'held', isFolded: true });
    expect(told.map(([, incident]) => incident)).not.toContain(key);
  });

  test('says nothing more, at its end, of what was told by itself before', () => {
    const made = office();
    const { sweep, told } = made;
    const left = retagged(painted('red'));
    sweep(0, left);
    const [[, key] = []] = told;
    for (let i = 1; i < 20; i += 1) sweep(i / 10, retagged(painted(`colour ${i}`)));
    sweep(2, left);
    sweep(30, left);

    expect(told.filter(([, incident]) => incident === key)).toHaveLength(1);
  });
});

describe('a war', () => {
  test('that breaks out while a digest tells turns it into one, and is told once', () => {
    const made = office();
    noise(made, 'low');
    const { sweep, repair, rows, told, incidents } = made;
    const [[key = ''] = []] = [...rows].filter(([, row]) => isDigest(row));
    const early = told.length;
    for (let at = 1; at < 9; at += 1) {
      sweep(at, retagged(paced), call('AddTags', at));
      repair(at + 0.5, painted('blue', 'low'));
    }

    expect(told.slice(early)).toEqual([[ownEvents.war, key]]);
    expect(incidents().filter(isDigest)).toMatchObject([{ status: 'war', cause: null }]);
    const waits = rows.get(key)?.outcome?.verified.findings;
    expect(waits?.map(({ kind }) => kind)).toEqual(['paint']);
  });

  test('is told again at the pace that was set, and when it is over, as what it was', () => {
    const { sweep, repair, rows, told } = office();
    const hours = 7;
    for (let at = 0; at < hours * 60; at += 1) {
      sweep(at + 0.1, paced);
      repair(at + 0.5, painted('blue', 'low'));
    }
    const [[, key = ''] = []] = told;
    expect(told).toEqual([
      [ownEvents.war, key],
      [ownEvents.war, key],
    ]);
    expect(rows.get(key)).toMatchObject({ reminders: 1, endedAt: null });

    sweep(hours * 60 + 20, painted('red'));
    expect(told.at(-1)).toEqual([ownEvents.war, key]);
    expect(rows.get(key)).toMatchObject({ status: 'war', endedAt: minutes(hours * 60 + 20) });
  });

  test('is as grave as the gravest of what waits', () => {
    const { sweep, incidents } = office();
    const [finding] = paced.findings;
    const changes = [drift('blue', 'low'), drift('green', 'medium')];
    const tags: Finding = {
      ...{ kind: 'tags', status: 'drifted', steps: [] },
      changes: [drift('retagged', 'critical')],
    };
    const { findings } = planOf({ ...finding, changes } as Finding);
    sweep(0, { ...paced, findings: [tags, ...findings] });

    expect(incidents().find(({ status }) => status === 'war')).toMatchObject({
      severity: 'medium',
    });
  });
});
