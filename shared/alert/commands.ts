import type { Incident } from '#incident/incident.ts';
import type { Fact } from './alert.ts';

/** A command for the shell, complete: the ARN is unambiguous, and contains nothing that a shell would interpret. */
export const command = (label: string, ...words: readonly string[]): readonly Fact[] => [
  { label, value: `npx --no -- ${words.join(' ')}` },
];

/** An id without anything that a shell would interpret. */
export const wordOf = (id: string): string => id.replace(/[^\w-]/g, '.').slice(0, 64);

export const restoreCommand = ({ trail }: Incident): readonly Fact[] =>
  command('Restore it', 'trailkeeper restore', trail);

/** The reason names the incident, so that it needs no editing. */
export const acceptCommand = ({ trail, id }: Incident): readonly Fact[] =>
  command(
    'If the change is wanted, accept it',
    'trailkeeper capture',
    trail,
    `--reason "accepts incident ${wordOf(id)}"`,
  );
