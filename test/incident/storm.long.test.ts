import { expect, test } from 'vitest';
import { changes, failures, noOps, storm } from '../support/floods.ts';
import { play } from '../support/storm.ts';

test.each([
  ['change nothing', noOps],
  ['failed', failures],
  ['were reverted', changes],
])('10,000 calls that %s cost as many API calls as 500 and delay no restore', async (_, flood) => {
  const alone = await play({ ...storm, events: 0 });
  const few = await play({ ...storm, flood, events: 500 });
  const many = await play({ ...storm, flood });

  expect(many.reads).toBeLessThan(1.5 * few.reads);
  expect(many.writes).toBeLessThan(1.5 * few.writes);
  expect(many.restoredAfter).toBeLessThan(alone.restoredAfter + 1);
});
