import { describe, expect, test } from 'vitest';
import type { Finding } from '#core/plan.ts';
import { call, minutes, office, paced, painted, planOf, retagged, rules } from './office.ts';

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
