import { describe, expect, test } from 'vitest';
import { alertOf } from '#alert/alert-of.ts';
import type { Gap } from '#gaps/gap.ts';
import type { Incident } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import { recordIn } from '#incident/incident-records.ts';
import { incident } from '../support/incident.ts';
import { alertWith, factsWith, linesIn, options } from '../support/incident-alerts.ts';

describe('gaps', () => {
  const gap = (from: string, to: string, more: Partial<Gap> = {}): Gap => ({
    from: `2026-11-22T${from}Z`,
    to: `2026-11-22T${to}Z`,
    kind: 'logging',
    path: 'IsLogging',
    description: 'nothing is recorded',
    severity: 'critical',
    isCertain: true,
    isOpen: false,
    startedBy: null,
    endedBy: null,
    recoverability: null,
    ...more,
  });
  const gapWith = (changes: Partial<Incident>) => factsWith(changes).Gap;

  test.each([
    ['without fields', {}],
    ['with text for a time', { from: 'then' }],
    ['with a recoverability that is none', { recoverability: {} }],
    ['with a beginning that is none', { startedBy: {} }],
  ])('that are stored %s are left out', (_what, forged) => {
    const whole = Object.keys(forged).length === 0 ? {} : gap('12:00:03', '12:00:07');
    const row = { ...incident, gaps: [{ ...whole, ...forged }] };
    const stored = recordIn({ incident: JSON.stringify(row) });

    const { facts } = alertOf(stored as IncidentRecord, options);
    expect(facts.map(({ label }) => label)).not.toContain('Gap');
  });

  test('are one duration with its begin and end', () => {
    expect(gapWith({ gaps: [gap('12:00:03', '12:00:07')] })).toBe(
      '4 s, from 2026-11-22 12:00:03 UTC to 2026-11-22 12:00:07 UTC',
    );
  });

  test('that overlap are counted once', () => {
    const gaps = [gap('12:00:03', '12:00:07'), gap('12:00:05', '12:00:13', { path: 'other' })];

    expect(gapWith({ gaps })).toMatch(/^10 s, from/);
  });

  test('of several episodes are summed up', () => {
    const gaps = [gap('12:10:00', '12:10:06'), gap('12:00:03', '12:00:07')];

    expect(gapWith({ gaps })).toBe(
      '10 s in 2 intervals, from 2026-11-22 12:00:03 UTC to 2026-11-22 12:10:06 UTC',
    );
  });

  test('of drift that a sweep found are a minimum', () => {
    expect(gapWith({ cause: null, gaps: [gap('12:00:03', '12:00:07')] })).toMatch(/^at least 4 s,/);
  });

  test('of an interruption whose begin is unknown are a maximum', () => {
    const interruption = {
      how: 'stopped',
      from: '2026-11-22T12:00:03Z',
      isFromKnown: false,
      to: '2026-11-22T12:00:07Z',
    } as const;
    const gaps = [gap('12:00:03', '12:00:07')];

    expect(gapWith({ cause: null, interruptions: [interruption], gaps })).toMatch(/^up to 4 s,/);
  });

  test('that last have no end', () => {
    const open = gap('12:00:03', '12:00:07', { isOpen: true });

    expect(gapWith({ gaps: [open] })).toBe('since 2026-11-22 12:00:03 UTC, not over yet');
  });

  test('that overlap one that lasts are not over', () => {
    const open = gap('12:00:03', '12:00:07', { isOpen: true });
    const within = gap('12:00:04', '12:00:05');
    const before = gap('12:00:00', '12:00:04');

    expect(gapWith({ gaps: [open, within] })).toMatch(/^since 2026-11-22 12:00:03 UTC/);
    expect(gapWith({ gaps: [before, open] })).toMatch(/^since 2026-11-22 12:00:00 UTC/);
  });

  test('that are within another, or follow it at once, are one', () => {
    const gaps = [gap('12:00:03', '12:00:09'), gap('12:00:04', '12:00:05')];
    const next = gap('12:00:09', '12:00:12');

    expect(gapWith({ gaps })).toMatch(/^6 s, from/);
    expect(gapWith({ gaps: [...gaps, next] })).toMatch(/^9 s, from/);
  });

  test('of an interruption are as long as it was, if its begin is known', () => {
    const times = { from: '2026-11-22T12:00:03Z', to: '2026-11-22T12:00:07Z' };
    const interruptions = [{ how: 'stopped', isFromKnown: true, ...times } as const];

    expect(gapWith({ cause: null, interruptions, gaps: [gap('12:00:03', '12:00:07')] })).toMatch(
      /^4 s, from/,
    );
  });

  test('whose chain of digest files breaks first say when', () => {
    const open = (breaksAt: string, status = 'whole', isOpen = true) => {
      const digests = { status, breaksAt };
      const recoverability = { recoverable: null, elsewhere: null, lost: [], digests };
      return gap('12:00:03', '12:00:07', { isOpen, recoverability } as Partial<Gap>);
    };
    const gaps = [
      open('2026-11-22T14:00:00Z'),
      open('2026-11-22T13:30:00Z'),
      open('2026-11-22T13:00:00Z', 'broken'),
      open('2026-11-22T12:30:00Z', 'whole', false),
      { ...open(''), recoverability: null },
    ];

    expect(alertWith({ gaps }).impacts.lines.slice(1)).toEqual([
      'the chain of digest files will break at 2026-11-22 13:30:00 UTC unless the trail is restored by then',
    ]);
  });

  test('that last say when the chain of digest files breaks', () => {
    const recoverability = {
      recoverable: null,
      elsewhere: null,
      lost: [],
      digests: { status: 'whole', breaksAt: '2026-11-22T13:00:03.000Z' },
    } as const;
    const impactsWith = (isOpen: boolean) => {
      const gaps = [gap('12:00:03', '12:00:07', { isOpen, recoverability })];
      return alertWith({ gaps }).impacts.lines.join('\n');
    };

    expect(impactsWith(true)).toContain(
      'the chain of digest files will break at 2026-11-22 13:00:03 UTC unless the trail is restored by then',
    );
    expect(impactsWith(false)).not.toContain('digest');
  });

  test('say what can be recovered, each line once', () => {
    const gaps = [gap('12:00:03', '12:00:07'), gap('12:10:00', '12:10:06')];

    expect(linesIn(alertWith({ gaps }), 'Events that were not recorded')).toEqual([
      'it is not known which events are missing',
    ]);
  });
});

describe('of events that are late or elsewhere', () => {
  const gap = (path: string, from: string, elsewhere: string | null): Gap => ({
    ...{ from, to: '2026-11-22T12:10:00Z', kind: 'settings', path },
    ...{ description: 'nothing is recorded', severity: 'critical' },
    ...{ isCertain: true, isOpen: false, startedBy: null, endedBy: null },
    recoverability: {
      recoverable: { events: 'management', accounts: '1', regions: 'every Region', until: from },
      ...{ elsewhere, lost: [], digests: null },
    },
  });

  test('a gap whose events are recoverable until another time than those of the others is named', () => {
    const gaps = [
      gap('S3BucketName', '2026-11-22T12:00:03Z', 'in the bucket theirs'),
      gap('KmsKeyId', '2026-11-22T12:04:00Z', 'in the bucket theirs'),
    ];

    expect(linesIn(alertWith({ gaps }), 'Events that are late or elsewhere')).toEqual([
      expect.stringMatching(
        /^settings.S3BucketName: recoverable: .* until 2026-11-22 12:00:03 UTC$/,
      ),
      'elsewhere: in the bucket theirs',
      expect.stringMatching(/^settings.KmsKeyId: recoverable: .* until 2026-11-22 12:04:00 UTC$/),
    ]);
  });

  test('the heading says that events were not recorded if those of one gap were not', () => {
    const gaps = [
      gap('S3BucketName', '2026-11-22T12:00:03Z', 'in the bucket theirs'),
      gap('IncludeGlobalServiceEvents', '2026-11-22T12:00:03Z', null),
    ];

    expect(linesIn(alertWith({ gaps }), 'Events that were not recorded')).toContain(
      'settings.S3BucketName: elsewhere: in the bucket theirs',
    );
  });
});
