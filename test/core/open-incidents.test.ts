import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cause, causeOf } from '#core/cause.ts';
import type { Hold } from '#core/hold.ts';
import type { Incident } from '#core/incident.ts';
import {
  type Edit,
  follow,
  type Look,
  nothingOpen,
  type OpenIncidents,
} from '#core/open-incidents.ts';
import type { Drift, Finding, Plan } from '#core/plan.ts';
import { trail } from '../baseline.ts';

const start = Date.parse('2026-11-22T10:00:00Z');
const minutes = (count: number): string => new Date(start + count * 60_000).toISOString();

/** What the calls of these tests are of the sort to make. */
const makes: Readonly<Record<string, readonly string[]>> = {
  StopLogging: ['paint', 'logging'],
  StartLogging: ['paint', 'logging'],
  AddTags: ['tags'],
};

const rules = {
  remindEvery: 6,
  digestAfter: 5,
  hash: (text: string) => text,
  gapsOf: () => [],
  kindsOf: ({ eventName }: Cause) => makes[eventName] ?? [],
  mayHaveMade: ({ findings }: Plan, { eventName, error }: Cause) =>
    error === null &&
    findings.some(({ kind, status }) => status === 'drifted' && makes[eventName]?.includes(kind)),
};

/** A trail whose paint is of some colour; red is as it must be. */
type Colour = string;

const drift = (actual: Colour, severity: Drift['impact']['severity'] = 'high'): Drift => ({
  path: 'colour',
  desired: 'red',
  actual,
  impact: { words: `it is ${actual}`, severity, blinding: severity === 'critical' },
  treatment: 'restore',
});

const planOf = (finding: Finding): Plan => ({ trail: trail.arn, version: 1, findings: [finding] });

const painted = (colour: Colour, severity?: Drift['impact']['severity']): Plan =>
  colour === 'red'
    ? planOf({ kind: 'paint', status: 'in-sync' })
    : planOf({
        kind: 'paint',
        status: 'drifted',
        changes: [drift(colour, severity)],
        steps: [{ action: 'Paint', input: {} }],
      });

/** A trail of which the tags are not as they must be, too. */
const retagged = (plan: Plan): Plan => ({
  ...plan,
  findings: [
    ...plan.findings,
    { kind: 'tags', status: 'drifted', changes: [drift('retagged', 'low')], steps: [] },
  ],
});

const paced = planOf({
  kind: 'paint',
  status: 'drifted',
  changes: [drift('blue', 'low')],
  steps: [],
  withheld: { by: 'pace' },
});

const unknown = planOf({ kind: 'paint', status: 'unknown', reason: 'denied', retryable: false });

/** People, and the table: what was told, and every incident as it is now. */
function office() {
  let open: OpenIncidents = nothingOpen;
  const rows = new Map<string, Incident>();
  const told: (readonly [event: string, incident: string])[] = [];
  let looks = 0;
  let isDown = false;
  let isHeldBack = false;
  return {
    rows,
    told,
    /** What is written to rows is lost, and nothing is said, until the office works again. */
    breakDown: () => {
      isDown = true;
    },
    /** The bus takes nothing. */
    holdBack: () => {
      isHeldBack = true;
    },
    repaired: () => {
      isDown = false;
    },
    open: () => open,
    incidents: () => [...rows.values()],
    events: () => told.map(([event]) => event),
    look,
    sweep,
    repair,
  };

  function look(at: number, more: Partial<Look>): void {
    looks += 1;
    const { cause = null } = more;
    const id = more.id ?? cause?.eventId ?? `sweep-${looks}`;
    const followed = follow(
      open,
      {
        at: minutes(at),
        startedAt: minutes(at),
        trail: trail.arn,
        id,
        incident: `${cause?.at ?? minutes(at)}#${id}`,
        phase: 'done',
        cause,
        outcome: null,
        problem: null,
        flip: null,
        requests: [],
        holds: [],
        ...more,
      },
      rules,
    );
    if (isDown) {
      open = followed.open;
      return;
    }
    const { outbox } = followed.open;
    for (const { incident, edit } of followed.edits satisfies readonly Edit[]) {
      rows.set(incident, edit(rows.get(incident) ?? null));
    }
    if (!isHeldBack) told.push(...outbox.map(({ event, incident }) => [event, incident] as const));
    open = JSON.parse(JSON.stringify({ ...followed.open, outbox: isHeldBack ? outbox : [] }));
  }

  /** A look that writes nothing. */
  function sweep(at: number, plan: Plan, cause: Cause | null = null): void {
    look(at, { cause, outcome: { mode: 'observe', plan, applied: [], verified: plan } });
  }

  /** A look that finds drift and repairs it, as far as `verified` says. */
  function repair(
    at: number,
    plan: Plan,
    cause: Cause | null = null,
    verified = painted('red'),
  ): void {
    looks += 1;
    const id = cause?.eventId ?? `repair-${looks}`;
    const incident = `${cause?.at ?? minutes(at)}#${id}`;
    const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    look(at, { id, incident, cause, outcome: found, phase: 'found' });
    const step = { kind: 'paint', action: 'Paint', input: {}, status: 'applied' } as const;
    const outcome = { ...found, applied: [step], verified };
    look(at, { id, incident, cause, outcome, requests: [`request-${looks}`] });
  }
}

let calls = 0;
function call(eventName: string, at: number, who = 'mallory', failed = false): Cause {
  calls += 1;
  return causeOf(
    {
      eventID: `7c5a1b9e-2f0d-4a34-9c3f-${String(calls).padStart(12, '0')}`,
      eventTime: minutes(at),
      userIdentity: {
        type: 'IAMUser',
        userName: who,
        arn: `arn:aws:iam::111122223333:user/${who}`,
      },
      ...(failed && { errorCode: 'AccessDenied' }),
    },
    { eventName, awsRegion: 'us-east-1' },
  );
}

describe('a function that was cut short after it had stored what is open', () => {
  test('before the row was made: the next look makes it, with who did it', () => {
    const { breakDown, repaired, sweep, incidents, told } = office();
    const cause = call('StopLogging', 0);

    breakDown();
    sweep(0, painted('blue', 'critical'), cause);
    repaired();
    sweep(1, painted('blue', 'critical'));

    expect(incidents()).toMatchObject([
      { cause: { eventId: cause.eventId }, status: 'drifted', severity: 'critical' },
    ]);
    expect(incidents()[0]?.startedAt).toBe(minutes(0));
    expect(told).toEqual([['Trail Drift Detected', `${cause.at}#${cause.eventId}`]]);
  });

  test('before the row said how it ended: the next look says it, and not that it lasts', () => {
    const { breakDown, repaired, sweep, incidents, events } = office();
    sweep(0, painted('blue'), call('StopLogging', 0));

    breakDown();
    sweep(1, painted('red'));
    repaired();
    sweep(2, painted('red'));

    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(1) }]);
    expect(events()).toEqual(['Trail Drift Detected', 'Trail Restored']);
  });

  test('of what was told meanwhile the latest counts', () => {
    const { breakDown, repaired, sweep, incidents, events } = office();
    const cause = call('StopLogging', 0);

    breakDown();
    sweep(0, painted('blue', 'critical'), cause);
    sweep(1, painted('red'));
    repaired();
    sweep(2, painted('red'));

    expect(incidents()).toMatchObject([
      { status: 'recovered', endedAt: minutes(1), cause: { eventId: cause.eventId } },
    ]);
    expect(events()).toEqual(['Trail Restored']);
  });
});

describe('the same drift', () => {
  test('is told once, however often it is seen', () => {
    const { sweep, events } = office();
    for (let at = 0; at < 300; at += 1) sweep(at, painted('blue'));

    expect(events()).toEqual(['Trail Drift Detected']);
  });

  test('is one incident, found by an event and by a sweep at the same time', () => {
    const { look, sweep, incidents } = office();
    const plan = painted('blue');
    const cause = call('StopLogging', 0);
    const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    look(0, { cause, outcome: found, phase: 'found' });
    sweep(0.01, plan);
    sweep(0.02, painted('red'));

    expect(incidents()).toMatchObject([{ status: 'detected', endedAt: null, cause }]);
  });

  test('is told again at the pace that was set, for as long as it stays', () => {
    const { sweep, events, incidents } = office();
    for (let at = 0; at <= 24 * 60; at += 10) sweep(at, painted('blue'));

    expect(events()).toHaveLength(1 + 24 / rules.remindEvery);
    expect(incidents()).toMatchObject([{ reminders: 24 / rules.remindEvery }]);
  });

  test('that went away and came back is another incident', () => {
    const { sweep, incidents } = office();
    sweep(0, painted('blue'));
    sweep(1, painted('red'));
    sweep(2, painted('blue'));

    expect(incidents().map(({ status }) => status)).toEqual(['recovered', 'drifted']);
  });
});

describe('an incident', () => {
  test('goes from detected to restored, with who did it, and is told each time', () => {
    const { repair, events, incidents } = office();
    const cause = call('StopLogging', 0);
    repair(0.01, painted('blue'), cause);

    expect(events()).toEqual(['Trail Drift Detected', 'Trail Restored']);
    expect(incidents()).toMatchObject([
      { status: 'restored', cause, endedAt: minutes(0.01), severity: 'high' },
    ]);
  });

  test('does not accuse whoever made a call that makes no such drift', () => {
    const { repair, incidents } = office();
    const cause = call('AddTags', 0, 'bob');
    repair(0.01, painted('blue'), cause);

    expect(incidents()).toMatchObject([
      { status: 'restored', cause: null, also: [] },
      { status: 'touched', cause },
    ]);
  });

  test('of a sweep learns who did it from the event that comes late', () => {
    const { repair, sweep, incidents } = office();
    repair(1, painted('blue'));
    const cause = call('StopLogging', 0.5);
    sweep(2, painted('red'), cause);

    expect(incidents()).toMatchObject([{ status: 'restored', cause }]);
  });

  test('stays open while something of it is left', () => {
    const { repair, sweep, incidents } = office();
    repair(0, painted('blue'), null, painted('blue'));
    expect(incidents()).toMatchObject([{ status: 'degraded', endedAt: null }]);

    sweep(1, painted('red'));
    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(1) }]);
  });

  test('is not over because nobody can look any more', () => {
    const { sweep, rows } = office();
    sweep(0, painted('blue'));
    sweep(1, unknown);

    expect([...rows.values()]).toMatchObject([
      { status: 'drifted', endedAt: null },
      { status: 'unknown', endedAt: null },
    ]);
  });

  test('whose finder is no more is closed by a later sweep', () => {
    const { look, sweep, incidents } = office();
    const plan = painted('blue');
    const found = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    look(0, { outcome: found, phase: 'found' });
    sweep(3, painted('red'));

    expect(incidents()).toMatchObject([{ status: 'recovered', endedAt: minutes(3) }]);
  });

  test('of a baseline that can not be used is over when it can', () => {
    const { look, sweep, incidents, events } = office();
    look(0, { problem: 'states: is missing' });
    look(1, { problem: 'states: is missing' });
    expect(events()).toEqual(['Guard Tampered']);

    sweep(2, painted('red'));
    expect(incidents()).toMatchObject([{ status: 'recovered', problem: 'states: is missing' }]);
  });
});

describe('calls that leave no drift:', () => {
  test('what was undone before we looked is told as one, by principal', () => {
    const { sweep, incidents, events } = office();
    sweep(1, painted('red'), call('StopLogging', 0));
    sweep(1, painted('red'), call('StartLogging', 0.5));
    sweep(1, painted('red'), call('StopLogging', 0.5, 'bob'));

    expect(incidents()).toMatchObject([
      { status: 'touched', count: 2, cause: { eventName: 'StopLogging' } },
      { status: 'touched', count: 1, cause: { principal: { name: 'bob' } } },
    ]);
    expect(events()).toEqual(['Trail Touched', 'Trail Touched', 'Trail Touched']);
  });

  test('an attempt is told at low severity', () => {
    const { sweep, incidents, events } = office();
    sweep(1, painted('red'), call('StopLogging', 0, 'mallory', true));

    expect(incidents()).toMatchObject([{ status: 'attempted', severity: 'low' }]);
    expect(events()).toEqual(['Trail Change Attempted']);
  });

  test('a flood of attempts is few messages', () => {
    const { sweep, incidents, events } = office();
    for (let i = 0; i < 1000; i += 1) {
      sweep(i / 100, painted('red'), call('StopLogging', i / 100, 'mallory', true));
    }

    expect(incidents()).toMatchObject([{ count: 1000 }]);
    expect(events().length).toBeLessThan(12);
  });

  test('the same event again is nothing new', () => {
    const { sweep, incidents, told } = office();
    const cause = call('StopLogging', 0);
    sweep(1, painted('red'), cause);
    sweep(2, painted('red'), cause);

    expect(incidents()).toMatchObject([{ count: 1 }]);
    expect(told).toHaveLength(1);
  });

  test('our own are not told', () => {
    const { sweep, told } = office();
    sweep(1, painted('red'), { ...call('StartLogging', 0), isOwn: true });

    expect(told).toEqual([]);
  });
});

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

describe('a flip', () => {
  const flip = { how: 'stopped', from: minutes(1), isFromKnown: true, to: minutes(2) } as const;
  const plan = painted('red');
  const outcome = { mode: 'enforce', plan, applied: [], verified: plan } as const;

  test('is told with the call that made it', () => {
    const { look, incidents } = office();
    const cause = call('StopLogging', 1);
    look(3, { cause, outcome, flip });

    expect(incidents()).toMatchObject([{ status: 'touched', severity: 'critical', flip, cause }]);
  });

  test('is not laid at the door of whoever failed at something then', () => {
    const { look, incidents } = office();
    look(3, { cause: call('StopLogging', 2, 'bob', true), outcome, flip });

    expect(incidents()).toMatchObject([
      { status: 'attempted', severity: 'low', flip: null },
      { status: 'touched', severity: 'critical', flip, cause: null },
    ]);
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

describe('a Hold', () => {
  const hold: Hold = {
    schema: 1,
    id: 'a-hold',
    trail: trail.arn,
    kinds: ['paint'],
    from: minutes(0),
    until: minutes(60),
    by: 'alice',
    reason: 'painting',
  };

  test('is told when it begins and when it has ended, once each', () => {
    const { look, incidents, events } = office();
    const plan = painted('red');
    const outcome = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    for (const at of [1, 2, 3]) look(at, { outcome, holds: [hold] });
    expect(events()).toEqual(['Baseline Changed']);

    for (const at of [61, 62]) look(at, { outcome, holds: [] });
    expect(events()).toEqual(['Baseline Changed', 'Baseline Changed']);
    expect(incidents()).toMatchObject([{ status: 'hold-ended', hold, endedAt: minutes(61) }]);
  });
});

describe('whatever happens,', () => {
  const colour = fc.constantFrom('red', 'blue', 'green', 'black');
  const event = fc.record({
    colour,
    left: colour,
    isRepair: fc.boolean(),
    isEvent: fc.boolean(),
    name: fc.constantFrom('StopLogging', 'AddTags'),
    who: fc.constantFrom('mallory', 'bob', 'terraform'),
    failed: fc.boolean(),
    wait: fc.constantFrom(0, 0.01, 1, 20, 500),
  });

  const played = (events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[]) => {
    const made = office();
    let at = 0;
    for (const { colour: found, left, isRepair, isEvent, name, who, failed, wait } of events) {
      at += wait;
      const cause = isEvent ? call(name, at, who, failed) : null;
      if (isRepair && found !== 'red') made.repair(at + 0.01, painted(found), cause, painted(left));
      else made.sweep(at + 0.01, painted(found), cause);
    }
    return { ...made, at };
  };

  test('nothing that is wrong is left untold', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { rows, told, open } = played(events);
        const heard = new Set(told.map(([, incident]) => incident));
        for (const [key, { isFolded }] of rows) {
          if (!isFolded) expect(heard).toContain(key);
        }
        const isFoldedSomewhere = [...rows.values()].some(({ isFolded }) => isFolded);
        const hasDigest = [...rows.values()].some(({ status }) => status === 'digest');
        if (isFoldedSomewhere) expect(hasDigest).toBe(true);
        for (const { incident } of Object.values(open().symptoms))
          expect([...rows.keys()]).toContain(incident);
      }),
    );
  });

  test('a sweep that finds the trail in sync, once everybody is done, leaves nothing open', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { sweep, rows, open, at } = played(events);
        sweep(at + 10, painted('red'));
        sweep(at + 30, painted('red'));

        expect(open()).toMatchObject({ symptoms: {}, incidents: {}, digest: null });
        for (const { endedAt } of rows.values()) expect(endedAt).not.toBeNull();
      }),
    );
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

describe('who is to blame', () => {
  test('is nobody whose call was before the trail was last in sync', () => {
    const { sweep, repair, incidents } = office();
    for (let at = 0; at < 60; at += 1) sweep(at, painted('red'));
    const old = call('StopLogging', 10, 'alice');
    repair(60, painted('blue'), old);

    expect(incidents()).toMatchObject([{ cause: null, also: [old] }]);
  });

  test('is whoever made the gravest of it, whichever event comes first', () => {
    const { repair, sweep, incidents } = office();
    const [lesser, graver] = [call('AddTags', 0, 'bob'), call('StopLogging', 0)];
    repair(0.1, retagged(painted('blue', 'critical')), lesser);
    sweep(0.2, painted('red'), graver);

    expect(incidents()).toMatchObject([{ cause: graver, also: [lesser] }]);
  });

  test('of two incidents that are open is whoever made each', () => {
    const { sweep, incidents } = office();
    sweep(0, painted('blue', 'critical'));
    sweep(1, retagged(painted('blue', 'critical')));
    const cause = call('AddTags', 0.9, 'bob');
    sweep(2, retagged(painted('blue', 'critical')), cause);

    expect(incidents().map((one) => one.cause?.eventId ?? null)).toEqual([null, cause.eventId]);
  });
});

describe('what was undone before we looked', () => {
  test('is told, though something harmless was left, or restored then', () => {
    for (const isLate of [false, true]) {
      const { repair, sweep, incidents } = office();
      const tags = retagged(painted('red'));
      const touch = call('StopLogging', 0);
      const bob = call('AddTags', 0.1, 'bob');
      if (!isLate) sweep(0.2, tags, touch);
      repair(0.3, tags, bob);
      if (isLate) sweep(0.4, painted('red'), touch);

      expect(incidents()).toContainEqual(
        expect.objectContaining({ status: 'touched', severity: 'high', cause: touch }),
      );
    }
  });

  test('is told each time, with the time that each took', () => {
    const { look, incidents } = office();
    const plan = painted('red');
    const outcome = { mode: 'enforce', plan, applied: [], verified: plan } as const;
    const flips = [1, 3, 5].map((at) => ({
      ...({ how: 'stopped', isFromKnown: true } as const),
      ...{ from: minutes(at), to: minutes(at + 1) },
    }));
    for (const [i, flip] of flips.entries()) {
      look(2 * i + 2.5, { cause: call('StopLogging', 2 * i + 1), outcome, flip });
    }

    expect(incidents().flatMap(({ flip }) => flip ?? [])).toEqual(flips);
  });
});

describe('an own call', () => {
  const echo = (at: number): Cause => ({ ...call('StartLogging', at), isOwn: true });

  test('opens nothing: whoever made what is found is told by their event, or by the sweep', () => {
    const { sweep, incidents, told } = office();
    sweep(1, painted('blue', 'critical'), echo(0.5));
    expect(told).toEqual([]);

    sweep(2, painted('blue', 'critical'));
    expect(incidents()).toMatchObject([{ status: 'drifted' }]);
  });

  test('hides no stop that was undone', () => {
    const { look, incidents } = office();
    const plan = painted('red');
    const outcome = { mode: 'observe', plan, applied: [], verified: plan } as const;
    const flip = { how: 'stopped', from: minutes(1), isFromKnown: true, to: minutes(2) } as const;
    look(3, { cause: echo(2.9), outcome, flip });

    expect(incidents()).toMatchObject([{ status: 'touched', flip }]);
  });
});

describe('an event that comes again', () => {
  test('when its incident is over, leaves that as it ended, and what it finds is another one', () => {
    const { repair, incidents, told } = office();
    const cause = call('StopLogging', 0);
    repair(0.1, painted('blue'), cause);
    const [first] = incidents();
    repair(5, painted('blue'), cause);

    expect(incidents()).toHaveLength(2);
    expect(incidents()[0]).toEqual(first);
    expect(incidents()[1]).toMatchObject({ status: 'restored', startedAt: minutes(5) });
    expect(told).toHaveLength(4);
  });
});

describe('while the bus takes nothing', () => {
  test('what is learned stays, and what is kept to be said is bounded', () => {
    const { repair, sweep, holdBack, incidents, open } = office();
    holdBack();
    repair(1, painted('blue'));
    const cause = call('StopLogging', 0.5);
    sweep(2, painted('red'), cause);
    sweep(3, painted('red'));
    expect(incidents()).toMatchObject([{ status: 'restored', cause }]);

    for (let i = 0; i < 500; i += 1) {
      repair(10 + 20 * i, painted(`colour ${i}`), call('StopLogging', 10 + 20 * i));
    }
    expect(JSON.stringify(open()).length).toBeLessThan(200_000);
  });

  test('a row that was written later than what was to be said stays as it is', () => {
    const { sweep, look, holdBack, rows } = office();
    holdBack();
    sweep(0, painted('blue'));
    const [key = ''] = rows.keys();
    rows.set(key, { ...(rows.get(key) as Incident), status: 'restored', changedAt: minutes(9) });
    look(1, { outcome: null, problem: 'x', cause: call('AddTags', 0) });

    expect(rows.get(key)).toMatchObject({ status: 'restored' });
  });
});

test('what others put right is not told to have been restored, whatever else was', () => {
  const { look, sweep, incidents } = office();
  sweep(0, painted('blue', 'critical'), call('StopLogging', 0));
  const found = retagged(painted('red'));
  const step = { kind: 'tags', action: 'AddTags', input: {}, status: 'applied' } as const;
  const outcome = { mode: 'enforce', plan: found, applied: [step], verified: painted('red') };
  look(5, {
    outcome: { ...outcome, mode: 'enforce', verified: found, applied: [] },
    phase: 'found',
  });
  look(5.1, { outcome: outcome as Look['outcome'] });

  expect(incidents()[0]).toMatchObject({ status: 'recovered', severity: 'critical' });
});
