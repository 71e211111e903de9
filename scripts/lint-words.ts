import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Patterns that the project does not use, each with its replacement. They also match within identifiers. */
const rules: readonly (readonly [pattern: string, instead: string])[] = [
  ['can not', 'cannot'],
  ['somebody|nobody|whoever', 'someone, no one, or a named subject'],
  ['tells?|telling|teller|tellers|told', 'notify, report or say'],
  ['is let|are let', 'may'],
  ['has it that', 'says'],
  ['lies in|lie in', 'is in'],
  ['stands (?:in|below|there|above|beside)', 'is'],
  ['of its own|of their own', 'its own, or separate'],
  ['mends?|mended|mending|make good|puts? back', 'restore'],
  ['truces?', 'maintenance window'],
  ['wiring|wired', 'deployed resources'],
  ['flips?', 'logging interruption'],
  ['watermarks?', 'checkpoint'],
  ['blinding|costs? record', 'loses coverage; events are lost'],
  ['sinks?', 'destination'],
  ['echo|echoes', 'self-triggered event'],
  ['given up', 'unprotected or retired'],
  ['wars?', 'remediation loop, flapping'],
  ['blames?|blamed', 'cause'],
  ['symptoms?', 'problem'],
  ['gravest?|gravity', 'severity'],
  ['holes?', 'gap'],
  ['guards?(?! Duty)|guarded|guarding|unguarded', 'protect, protected, unprotected'],
  // Outside the checkout, npx would run any package with that name.
  ['npx trailkeeper', 'npx --no -- trailkeeper'],
  ['unarmed|disarm|gated', 'pending review'],
];

const patterns = rules.map(
  ([pattern, instead]) => [new RegExp(`\\b(?:${pattern})\\b`, 'gi'), instead] as const,
);

const own = 'scripts/lint-words.ts';
const files = execFileSync('git', ['ls-files', '*.ts', '*.md', '*.json', '*.yaml', '*.html'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => file !== own && file !== 'package-lock.json');

const found = files.flatMap(findingsIn);
for (const line of found) console.error(line);
if (found.length > 0) {
  console.error(`${found.length} words that the project does not use`);
  process.exitCode = 1;
}

/** One line `file:line: "word": say …` for each match. */
function findingsIn(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const words = line.replace(/([a-z])(?=[A-Z])/g, '$1 ');
    return patterns.flatMap(([pattern, instead]) =>
      [...words.matchAll(pattern)].map(([word]) => `${file}:${i + 1}: "${word}": say ${instead}`),
    );
  });
}
