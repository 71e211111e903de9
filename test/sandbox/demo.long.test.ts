import { expect, test } from 'vitest';
import { attacks } from '#sandbox/attacks.ts';
import { run } from '../support/command.ts';

test('npm run demo ends well, with every attack reverted', async () => {
  const demo = run('sandbox/demo.ts');

  expect(await demo.exitCode(), demo.output()).toBe(0);
  const [, undone, played] = /(\d+) of (\d+) attacks were reverted/.exec(demo.output()) ?? [];
  expect(Number(played)).toBeGreaterThanOrEqual(attacks.filter((one) => !one.forPeople).length);
  expect(undone).toBe(played);
  for (const { id, title } of attacks)
    expect(demo.output()).toContain(`${id.padEnd(4)} Mallory ${title}`);
});
