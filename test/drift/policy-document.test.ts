import { expect, test } from 'vitest';
import { parsedPolicy, statementsIn } from '#drift/dependencies/policy-document.ts';

test.each(['[]', 'null', '"x"', 'no JSON', '{"Statement":[7]}', '{"Statement":"x"}'])(
  '%s is no policy, and the error says so',
  (text) => {
    expect(() => parsedPolicy(text)).toThrow('the policy is not a JSON object with statements');
  },
);

test('a number is text only if JavaScript would spell it otherwise', () => {
  const policy = '{"Statement":[],"long":12345678901234567890,"exact":1.0,"short":7}';

  expect(parsedPolicy(policy)).toEqual({
    Statement: [],
    long: '12345678901234567890',
    exact: '1.0',
    short: 7,
  });
});

test.each([null, 'x', 7, []])('%j has no statements', (policy) => {
  expect(statementsIn(policy)).toEqual([]);
});
