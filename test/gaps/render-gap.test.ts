import { describe, expect, test } from 'vitest';
import { renderGap } from '#gaps/render-gap.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { states } from '../support/baseline.ts';
import { gapsOf, now, past } from '../support/gaps.ts';
import { at, drifted, start, stop, update } from '../support/recorded-calls.ts';

describe('each call is listed', () => {
  test('with the drift that it caused, and the call that reverted it', () => {
    const calls = [
      update(10, { s3BucketName: 'theirs', enableLogFileValidation: false }),
      update(25, { s3BucketName: 'the-logs' }, { selfTriggered: true }),
      stop(30, { error: 'AccessDenied' }),
    ];

    expect(past(calls).calls).toMatchObject([
      {
        eventName: 'UpdateTrail',
        by: 'mallory (IAMUser) from 198.51.100.23',
        drifts: [
          {
            description: expect.stringMatching(/bucket theirs/),
            severity: 'critical',
            reverted: { at: at(25), by: { eventName: 'UpdateTrail' } },
          },
          { description: expect.stringMatching(/digests/), reverted: null },
        ],
      },
      { eventName: 'UpdateTrail', drifts: [] },
      { eventName: 'StopLogging', drifts: [], cause: { error: { code: 'AccessDenied' } } },
    ]);
  });
});

describe('a gap as text', () => {
  const render = (calls: readonly RecordedCall[]) => gapsOf(calls).map(renderGap);

  test('says when, what, who, and which events are recoverable', () => {
    expect(render([stop(10), start(280, { selfTriggered: true })])).toEqual([
      [
        '2026-11-22T10:00:10Z to 2026-11-22T10:04:40Z (4 min 30 s): critical: nothing is recorded: logging is off',
        '  began by StopLogging of mallory (IAMUser) from 198.51.100.23',
        '  ended by StartLogging of Trailkeeper-Sweep (AssumedRole of Trailkeeper-Reconcile) from 198.51.100.23',
        '  recoverable: management events, from the event history of every account of the organization in every Region, until 2027-02-20T10:00:10Z',
        '  lost: data events, Insights events, aggregated events',
        '  Insights restarted: CloudTrail takes up to 36 hours to rebuild their baseline, and detects no unusual activity until then',
        '  the chain of digest files is whole: only a gap that lasts until 2026-11-22T11:00:10Z breaks it',
      ],
    ]);
  });

  test('says if it is open or its effect is unknown', () => {
    expect(render([update(0, { kmsKeyId: 'alias/any' })])).toEqual([
      [
        '2026-11-22T10:00:00Z to 2026-11-22T11:30:00Z and on (1 h 30 min so far): high: perhaps, at some time in between: settings.KmsKeyId may have drifted: the records do not show its value',
        '  began by UpdateTrail of mallory (IAMUser) from 198.51.100.23',
        '  ended not within the window',
        '  it is not known which events are missing',
      ],
    ]);
  });

  test('says what is lost at most if it may have begun before the window', () => {
    const gone = ['settings', 'logging', 'tags'].map((kind) =>
      drifted(kind, '', states[kind as 'tags'], null),
    );
    const lost = [
      '  if that lasted for the whole time:',
      '    recoverable: management events, from the event history of every account of the organization in every Region, until 2027-02-20T10:00:00Z',
      '    lost: data events, Insights events, aggregated events',
      '    Insights restarted: CloudTrail takes up to 36 hours to rebuild their baseline, and detects no unusual activity until then',
    ];

    expect(gapsOf([], now(gone)).map(renderGap)).toEqual([
      [
        '2026-11-22T10:00:00Z to 2026-11-22T11:30:00Z and on (1 h 30 min so far): critical: for all or a part of that time: the trail does not exist: nothing is recorded',
        '  began before the window, or by an unknown call',
        '  ended not within the window',
        ...lost,
        '    lost: the chain of digest files, broken at 2026-11-22T11:00:00Z',
      ],
    ]);
    expect(render([start(30)])).toEqual([
      [
        '2026-11-22T10:00:00Z to 2026-11-22T10:00:30Z (30 s): critical: perhaps, at some time in between: nothing is recorded: logging is off',
        '  began before the window, or by an unknown call',
        '  ended by StartLogging of mallory (IAMUser) from 198.51.100.23',
        ...lost,
        '    the chain of digest files is whole: only a gap that lasts until 2026-11-22T11:00:00Z breaks it',
      ],
    ]);
  });

  test('says where the events are that the trail delivered elsewhere', () => {
    const [gap = []] = render([
      update(0, { s3BucketName: 'theirs' }),
      update(60, { s3BucketName: 'the-logs' }),
    ]);

    expect(gap.slice(3)).toEqual([
      expect.stringMatching(/^ {2}recoverable: management events/),
      '  elsewhere: the log files are in the bucket theirs: recoverable only if you can read it, what cannot be recovered is lost',
    ]);
  });

  test('says what a check found of which the record is truncated', () => {
    const cut = drifted('event-selectors', 'AdvancedEventSelectors', [], '[{"Fi… (9 characters)');

    expect(gapsOf([], now([cut])).flatMap(renderGap)[0]).toMatch(
      /high: .*event-selectors\.AdvancedEventSelectors had drifted: it is not known which events are lost$/,
    );
  });

  test('escapes control characters', () => {
    const lines = render([update(0, { s3BucketName: 'a\u001b[2J\u202eb' })]).flat();

    expect(lines.join('')).toMatch(/^[ -~]+$/);
  });
});
