import { expect, test } from 'vitest';
import { attacks, dependencyAttacks } from '#sandbox/attacks.ts';
import { bucketAttacks } from '#sandbox/bucket-attacks.ts';
import { tamperAttacks } from '#sandbox/tamper-attacks.ts';
import { run } from '../support/command.ts';

test('npm run demo reverts or reports every attack, within 80 columns', async () => {
  const demo = run('sandbox/demo.ts');

  expect(await demo.exitCode(), demo.output()).toBe(0);
  const counts = demo.output().matchAll(/^(\d+) of (\d+) attacks/gm);
  for (const [line, ended, played] of counts) expect(ended, line).toBe(played);
  // Attacks on the bucket that are only reported elsewhere are played by their parts.
  const isInParts = (id: string) =>
    bucketAttacks.some((one) => one.id !== id && one.id.startsWith(id));
  const all = [...attacks, ...dependencyAttacks, ...tamperAttacks];
  for (const { id, title } of all.filter((one) => !isInParts(one.id)))
    expect(demo.output()).toMatch(new RegExp(`^  ${id} +${title} +re(stored|ported) in`, 'm'));
  const rows = demo
    .output()
    .split('\n')
    .filter((line) => /re(stored|ported) in/.test(line));
  expect(rows.filter((row) => row.length > 80)).toEqual([]);
});
