import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { reconstructHistory } from '#gaps/gap.ts';
import { renderRecoverability } from '#gaps/render-gap.ts';
import { replay } from '#gaps/replay.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { states, trail } from '../support/baseline.ts';
import { at, call, historyOf, type Record, start, stop } from '../support/recorded-calls.ts';

const remove = (seconds: number, rest: Partial<Record> = {}) =>
  call({ seconds, eventName: 'DeleteTrail', ...rest });
const create = (seconds: number, rest: Partial<Record> = {}) =>
  call({
    seconds,
    eventName: 'CreateTrail',
    parameters: { name: trail.name, s3BucketName: 'the-logs' },
    ...rest,
  });

/** The names of calls as a backfill lists them. */
const listed = (calls: readonly RecordedCall[]) =>
  reconstructHistory(historyOf(calls), kinds).calls.map(({ eventName }) => eventName);

test('up to three calls of one second are listed in a possible order', () => {
  const isLogged = { states: { logging: states.logging } };
  const choices = [1, 2, 3].map(() =>
    [true, false].flatMap((selfTriggered) => [
      stop(5, { selfTriggered }),
      remove(5, { selfTriggered }),
      create(5, { selfTriggered }),
      remove(5, { selfTriggered, error: 'AccessDenied' }),
    ]),
  );
  const sequences = choices.reduce<readonly (readonly RecordedCall[])[]>(
    (shorter, choice) =>
      shorter.concat(shorter.flatMap((calls) => choice.map((next) => [...calls, next]))),
    [[]],
  );
  /** Whether only an existing trail is changed and deleted, and only a missing one is created. */
  const isPossible = (calls: readonly RecordedCall[]): boolean =>
    /^(Create)?(Stop|DeleteCreate)*(Delete)?$/.test(
      calls
        .filter(({ cause }) => cause.error === null)
        .map(({ eventName }) => eventName.replace(/Trail|Logging/, ''))
        .join(''),
    );

  for (const calls of sequences.filter(isPossible)) {
    expect(isPossible(replay(historyOf(calls, isLogged), kinds).calls)).toBe(true);
  }
});

test('calls of different seconds are listed by time, even if an unknown call must be between them', () => {
  expect(listed([stop(9), remove(8), create(7)])).toEqual([
    'CreateTrail',
    'DeleteTrail',
    'StopLogging',
  ]);
});

test('a call of another principal is listed before the reaction of trailkeeper in the same second', () => {
  const reaction = start(5, { selfTriggered: true });

  expect(listed([reaction, stop(5)])).toEqual(['StopLogging', 'StartLogging']);
});

describe('the rebuilt baseline of Insights', () => {
  const leftOf = (calls: readonly RecordedCall[]) =>
    reconstructHistory(historyOf(calls), kinds).gaps.flatMap(
      ({ recoverability }) => recoverability && renderRecoverability(recoverability),
    );

  test.each<[string, readonly RecordedCall[]]>([
    ['logging was stopped', [stop(10), start(20)]],
    ['the trail was deleted', [remove(10), create(20), start(20)]],
  ])('is reported if %s', (_what, calls) => {
    expect(leftOf(calls).join('\n')).toContain('up to 36 hours');
  });

  test('is not reported if only settings changed', () => {
    const tagged = call({
      seconds: 10,
      eventName: 'UpdateTrail',
      parameters: { name: trail.arn, s3KeyPrefix: 'elsewhere' },
    });

    expect(leftOf([tagged]).join('\n')).not.toContain('Insights restarted');
  });
});

test('a failed call is listed', () => {
  expect(listed([remove(5, { error: 'AccessDenied' }), stop(4)])).toEqual([
    'StopLogging',
    'DeleteTrail',
  ]);
  expect(reconstructHistory(historyOf([stop(4)]), kinds).calls.map((one) => one.at)).toEqual([
    at(4).replace('.000Z', 'Z'),
  ]);
});
