import { describe, expect, test } from 'vitest';
import { isRetirement, parseVersion } from '#baseline/retirement.ts';
import { kinds } from '#drift/index.ts';
import { baseline, trail } from '../support/baseline.ts';

const retirement = {
  schema: 1,
  trail: trail.arn,
  version: 8,
  previous: 'f'.repeat(64),
  retiredAt: '2026-11-22T12:00:00Z',
  retiredBy: 'arn:aws:iam::111122223333:user/alice',
  reason: 'replaced by another trail',
};

const parse = (document: object) => parseVersion(JSON.stringify(document), kinds);

test('a version is a baseline or a retirement', () => {
  expect(isRetirement(parse(retirement))).toBe(true);
  expect(parse(retirement)).toEqual(retirement);
  expect(isRetirement(parse(baseline))).toBe(false);
  expect(parse(baseline)).toEqual(baseline);
});

describe('an invalid retirement is refused, naming the field', () => {
  test.each([
    [{ schema: 2 }, 'schema: must be 1'],
    [{ trail: 'main' }, 'trail: "main" is not a trail ARN'],
    [{ version: 0 }, 'version: must be 1 or more'],
    [{ retiredAt: 'yesterday' }, 'retiredAt: must be an ISO 8601 time'],
    [{ retiredBy: '' }, 'retiredBy: must not be empty'],
    [{ reason: '' }, 'reason: must not be empty'],
    [{ states: {} }, 'states'],
  ])('%j', (patch, message) => {
    expect(() => parse({ ...retirement, ...patch })).toThrow(message);
  });

  test('text that is not JSON is not a version', () => {
    expect(() => parseVersion('retired', kinds)).toThrow('the document is not JSON');
    expect(() => parseVersion('null', kinds)).toThrow('document: ');
  });
});
