import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { reconstructHistory } from '#gaps/gap.ts';
import { renderRecoverability } from '#gaps/render-gap.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { trail } from '../support/baseline.ts';
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

test('a repair within the second of the attack is listed after it', () => {
  const ids = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];
  for (const selfTriggered of [true, false]) {
    for (const [one, other] of [ids, ids.toReversed()]) {
      const calls = [
        create(5, { id: String(one), selfTriggered }),
        remove(5, { id: String(other) }),
      ];

      expect(listed(calls)).toEqual(['DeleteTrail', 'CreateTrail']);
    }
  }
});

const step = fc.constantFrom('Start', 'Stop', 'Delete', 'Create');
const make = { Start: start, Stop: stop, Delete: remove, Create: create };

test('calls read in any order are listed in a possible order', () => {
  const made = fc.record({
    what: step,
    isLater: fc.boolean(),
    selfTriggered: fc.boolean(),
    id: fc.uuid({ version: 4 }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(made, { maxLength: 12, selector: ({ id }) => id }).chain((steps) => {
        const calls = possible(steps);
        return fc.shuffledSubarray([...calls], { minLength: calls.length });
      }),
      (calls) => {
        const listed = reconstructHistory(historyOf(calls), kinds).calls;

        expect(listed.map((one) => one.at)).toEqual(calls.map((one) => one.at).toSorted());
        expect(isPossible(listed.map(({ eventName }) => eventName))).toBe(true);
      },
    ),
  );

  /** Omits steps that create an existing trail or change a deleted one. */
  function possible(
    steps: readonly {
      what: keyof typeof make;
      isLater: boolean;
      selfTriggered: boolean;
      id: string;
    }[],
  ): readonly RecordedCall[] {
    let exists = true;
    let seconds = 1;
    return steps.flatMap(({ what, isLater, selfTriggered, id }) => {
      if ((what === 'Create') === exists) return [];
      if (what === 'Create' || what === 'Delete') exists = what === 'Create';
      if (isLater) seconds += 1;
      return [make[what](seconds, { selfTriggered, id })];
    });
  }

  function isPossible(names: readonly string[]): boolean {
    let exists = true;
    return names.every((name) => {
      const was = exists;
      if (name === 'CreateTrail' || name === 'DeleteTrail') exists = name === 'CreateTrail';
      return name === 'CreateTrail' ? !was : was;
    });
  }
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
