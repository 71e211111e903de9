import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type IncidentState,
  isQuiet,
  meanings,
  nextState,
  type Signal,
  transitions,
} from '#incident/lifecycle/states.ts';

type From = IncidentState | 'none';
const states = Object.keys(transitions) as From[];
const signals = [
  ...new Set(states.flatMap((state) => Object.keys(transitions[state]))),
] as Signal[];

/** States with the same transitions, in one row. */
const rows = [...Map.groupBy(states, (state) => JSON.stringify(transitions[state])).values()];

/** The states that the signals lead to. The state has the signal's name unless the row gives another one. */
const moves = (state: From): string =>
  signals
    .flatMap((signal) => {
      const next = nextState(state, signal);
      if (next === null) return [];
      return next === signal ? [`\`${signal}\``] : [`\`${signal}\` → ${next}`];
    })
    .join(', ');

const meaningOf = (state: From): string =>
  state === 'none'
    ? ''
    : `| \`${state}\` | ${isQuiet(state) ? 'quiet' : 'unresolved'} | ${meanings[state]} |`;

const tables = [
  ['| state | | meaning |', '| --- | --- | --- |', ...states.map(meaningOf).filter(Boolean)].join(
    '\n',
  ),
  [
    '| from | signals, and the states that they lead to |',
    '| --- | --- |',
    ...rows.map((row) => `| ${row.join(', ')} | ${moves(row[0] ?? 'none')} |`),
  ].join('\n'),
];

test.each([
  ['states', tables[0]],
  ['transitions', tables[1]],
])('docs/architecture.md has the %s of an incident', (_what, table) => {
  const text = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');

  expect(text).toContain(table);
});
