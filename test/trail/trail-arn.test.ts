import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  InvalidTrailArnError,
  parseTrailArn,
  trailArn,
  trailNameProblem,
} from '#trail/trail-arn.ts';
import { runs } from '../support/property-runs.ts';

// The rules are those of `Name` in CreateTrail, CloudTrail API reference 2018-11-20.

const places = [
  ['aws', 'us-east-2'],
  ['aws', 'ap-southeast-4'],
  ['aws-us-gov', 'us-gov-west-1'],
  ['aws-cn', 'cn-northwest-1'],
  ['aws-iso-b', 'us-isob-east-1'],
] as const;

const ipLike = /^\d+(\.\d+){3}$/;
const name = fc
  .stringMatching(/^[a-zA-Z0-9]([._-]?[a-zA-Z0-9]){2,63}$/)
  .filter((text) => !ipLike.test(text));
const accountId = fc.stringMatching(/^\d{12}$/);

describe('a trail ARN', () => {
  test('of the API reference is parsed', () => {
    const arn = 'arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail';

    expect(parseTrailArn(arn)).toStrictEqual({
      arn,
      partition: 'aws',
      region: 'us-east-2',
      accountId: '123456789012',
      name: 'MyTrail',
    });
  });

  test.each(places)('of partition %s has its home Region %s', (partition, region) => {
    const parsed = parseTrailArn(`arn:${partition}:cloudtrail:${region}:123456789012:trail/main`);

    expect(parsed).toMatchObject({ partition, region });
  });

  test('with any valid name is parsed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), accountId, name, ([partition, region], id, name) => {
        const arn = `arn:${partition}:cloudtrail:${region}:${id}:trail/${name}`;

        expect(parseTrailArn(arn)).toStrictEqual({ arn, partition, region, accountId: id, name });
      }),
    );
  });

  test('that was parsed is built again from its parts', () => {
    const almost = <T>(good: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: fc.string() });
    const text = fc
      .tuple(
        almost(fc.constantFrom('aws', 'aws-cn', 'aws-')),
        almost(fc.constantFrom('us-east-1', 'cn-north-1', 'a-1')),
        almost(accountId),
        almost(fc.oneof(name, fc.stringMatching(/^[\w.:-]{2,130}$/))),
      )
      .map(([partition, region, id, name]) =>
        ['arn', partition, 'cloudtrail', region, id, `trail/${name}`].join(':'),
      );

    fc.assert(
      fc.property(text, (text) => {
        const trail = parsedOrNull(text);
        if (trail === null) return;

        const { arn, partition, region, accountId, name } = trail;
        expect(arn).toBe(text);
        expect(`arn:${partition}:cloudtrail:${region}:${accountId}:trail/${name}`).toBe(text);
        expect(trailNameProblem(name)).toBeNull();
      }),
      { numRuns: runs(1000) },
    );
  });

  test.each([
    ['is not a bare name', 'MyTrail'],
    ['is not empty', ''],
    ['does not belong to another service', 'arn:aws:s3:us-east-2:123456789012:trail/MyTrail'],
    ['is not an event data store', 'arn:aws:cloudtrail:us-east-2:123456789012:eventdatastore/abc'],
    ['has a Region', 'arn:aws:cloudtrail::123456789012:trail/MyTrail'],
    ['has an account', 'arn:aws:cloudtrail:us-east-2::trail/MyTrail'],
    ['has no account of 11 digits', 'arn:aws:cloudtrail:us-east-2:12345678901:trail/MyTrail'],
    ['has no account of 13 digits', 'arn:aws:cloudtrail:us-east-2:1234567890123:trail/MyTrail'],
    ['belongs to an AWS partition', 'arn:gcp:cloudtrail:us-east-2:123456789012:trail/MyTrail'],
    ['has a name', 'arn:aws:cloudtrail:us-east-2:123456789012:trail/'],
    ['has one name', 'arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail/more'],
    ['has no line after it', 'arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail\n'],
    ['has no space before it', ' arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail'],
    ['belongs to a known Region format', 'arn:aws:cloudtrail:*:123456789012:trail/MyTrail'],
    ['has no wildcard', 'arn:aws:cloudtrail:us-east-2:123456789012:trail/*'],
  ])('%s', (_rule, text) => {
    expect(() => parseTrailArn(text)).toThrow(InvalidTrailArnError);
  });

  test('that is invalid is refused with the format and the command that lists trails', () => {
    expect(() => parseTrailArn('MyTrail')).toThrow(
      '"MyTrail" is not a trail ARN: expected arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME, as `aws cloudtrail list-trails` prints it',
    );
  });

  test('with an invalid name is refused with the broken rule', () => {
    expect(() => parseTrailArn('arn:aws:cloudtrail:us-east-2:123456789012:trail/ab')).toThrow(
      '"arn:aws:cloudtrail:us-east-2:123456789012:trail/ab" is not a trail ARN: its trail name must be 3 to 128 characters long',
    );
  });

  test('is parsed or refused with InvalidTrailArnError, whatever the text', () => {
    const prefix = 'arn:aws:cloudtrail:us-east-2:123456789012:trail/';
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map((tail) => prefix + tail),
      fc.constantFrom('__proto__', 'constructor', 'toString', `${prefix}__proto__`),
      fc.constantFrom('a', '-1', 'aws', ':', '/', '\u0000', '\ud800').map((t) => t.repeat(100_000)),
      fc.constantFrom('a', '-', '.').map((unit) => prefix + unit.repeat(100_000)),
    );

    fc.assert(
      fc.property(text, (text) => {
        const trail = parsedOrNull(text);

        expect(trail?.arn ?? text).toBe(text);
      }),
    );
  });

  test('that is refused is quoted on one line of limited length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (unit) => {
        const message = messageOf(unit.repeat(5000));

        expect(message).not.toMatch(/[\r\n]/);
        expect(message.length).toBeLessThan(2000);
      }),
    );
  });
});

describe('a trail name', () => {
  test.each([
    ['of 3 characters', 'abc'],
    ['of 128 characters', 'a'.repeat(128)],
    ['of digits', '123'],
    ['of every kind of character', 'My.trail_of-2'],
    ['of five numbers, which is not an IP address', '192.168.5.4.1'],
    ['of three numbers, which is not an IP address', '192.168.5'],
    ['that only starts like an IP address', '192.168.5.4a'],
    ['that only ends like an IP address', 'a192.168.5.4'],
    ['with an IP address split by dashes', '192-168-5-4'],
    ['of a JavaScript object property', 'constructor'],
  ])('%s is valid', (_what, name) => {
    expect(trailNameProblem(name)).toBeNull();
  });

  test.each([
    ['', 'must be 3 to 128 characters long'],
    ['ab', 'must be 3 to 128 characters long'],
    ['a'.repeat(129), 'must be 3 to 128 characters long'],
    ['my trail', 'may contain only ASCII letters, digits, periods, underscores and dashes'],
    ['müller', 'may contain only ASCII letters, digits, periods, underscores and dashes'],
    ['my#trail', 'may contain only ASCII letters, digits, periods, underscores and dashes'],
    ['trail\n', 'may contain only ASCII letters, digits, periods, underscores and dashes'],
    ['-trail', 'must start with a letter or a digit'],
    ['.trail', 'must start with a letter or a digit'],
    ['_trail', 'must start with a letter or a digit'],
    ['trail-', 'must end with a letter or a digit'],
    ['trail.', 'must end with a letter or a digit'],
    ['trail_', 'must end with a letter or a digit'],
    ['my-_namespace', 'must not have adjacent periods, underscores or dashes'],
    ['my--namespace', 'must not have adjacent periods, underscores or dashes'],
    ['my..namespace', 'must not have adjacent periods, underscores or dashes'],
    ['my__namespace', 'must not have adjacent periods, underscores or dashes'],
    ['my.-namespace', 'must not have adjacent periods, underscores or dashes'],
    ['192.168.5.4', 'must not look like an IP address'],
  ])('%j %s', (name, problem) => {
    expect(trailNameProblem(name)).toBe(problem);
  });

  test('is valid exactly if the API reference allows it', () => {
    const near = fc.oneof(
      name,
      fc.stringMatching(/^[a-z0-9._-]{0,8}$/),
      fc.stringMatching(/^\d{1,3}(\.\d{1,3}){2,4}$/),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );

    fc.assert(
      fc.property(near, (name) => {
        const valid =
          name.length >= 3 &&
          name.length <= 128 &&
          name.split(/[._-]/).every((word) => /^[a-zA-Z0-9]+$/.test(word)) &&
          !ipLike.test(name);

        expect(trailNameProblem(name) === null).toBe(valid);
      }),
      { numRuns: runs(1000) },
    );
  });
});

const parsedOrNull = (text: string) => {
  try {
    return parseTrailArn(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidTrailArnError);
    return null;
  }
};

const messageOf = (text: string): string => {
  try {
    parseTrailArn(text);
  } catch (error) {
    if (error instanceof InvalidTrailArnError) return error.message;
    throw error;
  }
  throw new Error('the text was not refused');
};

describe('the schema of a trail ARN', () => {
  const arn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
  const messageOf = (value: unknown) => trailArn.safeParse(value).error?.issues[0]?.message;

  test('accepts what parseTrailArn accepts, and refuses the rest with its message', () => {
    expect(trailArn.parse(arn)).toBe(arn);
    expect(() => parseTrailArn('main')).toThrow(messageOf('main'));
    expect(messageOf('main')).toContain('"main"');
  });

  test('refuses a value that is not text', () => {
    expect(messageOf(1)).toBe('must be the ARN of a trail');
  });

  test.each([
    [198, '"'],
    [199, '…"'],
  ])('quotes the first 200 characters of a text: %i letters after the first two', (length, end) => {
    const text = `ma${'i'.repeat(length)}`;

    expect(messageOf(text)).toContain(`"${text.slice(0, 200)}${end}`);
  });
});
