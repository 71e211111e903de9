import { expect, test } from 'vitest';
import { heartbeatTimeout } from '#deployment/sweep-rate.ts';

test.each([
  ['10 seconds', 5],
  ['1 minute', 5],
  ['2 minutes', 6],
  ['30 minutes', 90],
  ['1 hour', 180],
])('with a sweep every %s, something is wrong after %i minutes without one', (every, minutes) => {
  expect(heartbeatTimeout(every)).toBe(minutes);
});
