import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { alertKinds } from '#alert/alert-kinds.ts';
import { alertOf } from '#alert/alert-of.ts';
import { testAlert } from '#alert/test-alert.ts';
import { previewOptions } from '#sandbox/preview/messages.ts';
import { samples } from '#sandbox/preview/samples.ts';
import { alertOfAlarms } from '#watchtower/active-alarms.ts';

const sections = readFileSync('docs/runbook.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ name: text.split('\n')[0], text }));

test('the runbook has one section for each kind of alert', () => {
  expect(sections.map(({ name }) => name).toSorted()).toEqual([...alertKinds].toSorted());
});

test.each(sections.filter(({ name }) => name !== 'test'))(
  'the section $name says what to do, step by step',
  ({ text }) => {
    expect(text).toMatch(/^1\. /m);
  },
);

test.each(samples)('the alert "$label" links to a section that exists', ({ record }) => {
  const { links, about } = alertOf(record, previewOptions);

  const [runbook] = links.filter(({ text }) => text === 'Runbook');
  expect(runbook?.url).toBe(`${previewOptions.runbook}#${about.kind}`);
  expect(sections.map(({ name }) => name)).toContain(new URL(runbook?.url ?? '').hash.slice(1));
});

test('the samples show every kind of alert', () => {
  const shown = samples.map(({ record }) => alertOf(record, previewOptions).about.kind);
  const others = [testAlert(''), alertOfAlarms([], '111122223333')].map(({ about }) => about.kind);
  const all = new Set([...shown, ...others]);

  expect(alertKinds.filter((kind) => !all.has(kind))).toEqual([]);
});

test('without a published runbook an alert names the section', () => {
  const [{ record } = { record: null as never }] = samples;

  const { facts } = alertOf(record, { ...previewOptions, runbook: null });

  expect(facts).toContainEqual({ label: 'Runbook', value: 'docs/runbook.md#detected' });
});

const commands = [
  ...new Set(
    readFileSync('docs/runbook.md', 'utf8')
      .replace(/\s+/g, ' ')
      .match(/npx --no -- trailkeeper (\w+)/g),
  ),
].map((text) => text.split(' ').at(-1) ?? '');

test.each(commands)('the runbook names an existing command: %s', (command) => {
  expect(readFileSync('README.md', 'utf8')).toMatch(new RegExp(`^\\| .*\`${command}`, 'm'));
});
