import { readFileSync } from 'node:fs';

/** The commands of the first shell block under "Deploy", one per line. */
const commands = (readFileSync('docs/operations.md', 'utf8').split('## Deploy\n')[1] ?? '')
  .split('```sh\n')[1]
  ?.split('```')[0]
  ?.replaceAll('\\\n', '')
  .split('\n')
  .map((line) => line.split('#')[0]?.trim() ?? '') as readonly string[];

/** The command under "Deploy" that starts with this text. */
export const command = (start: string): string => {
  const found = commands.find((line) => line.startsWith(start));
  if (found === undefined) throw new Error(`docs/operations.md, Deploy: no command ${start}`);
  return found;
};

/** The names of the managed policies that are created. */
export const policies = () =>
  command('for name in ')
    .replace(/^for name in |; do$/g, '')
    .split(' ');
