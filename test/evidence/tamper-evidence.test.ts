import { describe, expect, test } from 'vitest';
import { hashOf } from '#baseline/signing/signature.ts';
import { evidenceOf } from '#evidence/evidence-of.ts';
import type { TamperEvent } from '#incident/tamper-event.ts';
import { noRecoveries, recordOf, window } from '../support/evidence.ts';
import { cause, incident } from '../support/incident.ts';

const event: TamperEvent = {
  ...{ id: 'tampered', at: '2026-11-22T12:00:03Z', cause, faults: ['the rule is disabled'] },
  part: { names: ['Trailkeeper'], account: '111122223333', region: 'eu-central-1' },
};

/** The changes of trailkeeper itself that a report has of an event. */
const tampering = (more: Partial<TamperEvent> = {}) =>
  evidenceOf({
    ...{ now: window.to, by: 'alice', generator: '1.0.0', window, incident: null },
    ...{ unswept: [], trails: [], recoveries: noRecoveries },
    own: [
      recordOf(incident),
      {
        sk: `${event.at}#${event.id}`,
        entry: { at: event.at, tampering: { ...event, ...more } },
        row: { text: 'the text of the row', isTruncated: false },
      },
    ],
  }).tampering;

describe('a change of trailkeeper itself', () => {
  test('has what was changed and by whom, and where its record is', () => {
    expect(tampering()).toEqual([
      {
        ...{ id: event.id, at: event.at, severity: 'critical' },
        title: expect.stringContaining('trailkeeper'),
        cause: expect.objectContaining({ eventId: cause.eventId, effect: null }),
        details: expect.arrayContaining([expect.stringMatching(/^.+: the rule is disabled$/)]),
        record: {
          ...{ pk: 'incident#trailkeeper', sk: `${event.at}#${event.id}` },
          sha256: hashOf('the text of the row'),
        },
      },
    ]);
  });

  test('has no cause if no call is known', () => {
    expect(tampering({ cause: null })[0]?.cause).toBeNull();
  });

  test.each([
    ['2026-11-22T10:59:59.999Z', 0],
    [window.from, 1],
    [window.to, 1],
    ['2026-11-22T13:00:00.001Z', 0],
  ])('found at %s is in the report: %i', (foundAt, count) => {
    expect(tampering({ foundAt })).toHaveLength(count);
    expect(tampering({ foundAt }).every(({ at }) => at === foundAt)).toBe(true);
  });
});
