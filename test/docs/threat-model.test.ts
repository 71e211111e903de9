import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// A test covers each claim of docs/threat-model.md.

const document = readFileSync('docs/threat-model.md', 'utf8');

/** The rows of the attack tables: those whose last column is a test. */
const rows = document
  .split('\n## ')
  .filter((section) => section.includes('| test |'))
  .flatMap((section) => section.split('\n'))
  .filter(
    (line) =>
      line.startsWith('| ') &&
      !/^\| (---|attack \||an administrator who|what is broken \|)/.test(line),
  )
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\|$/g, '').trim()))
  .map(([attack = '', ...cells]) => ({
    attack,
    becomes: cells.slice(0, -1).join(' '),
    cited: cells.at(-1) ?? '',
  }));

test('lists attacks', () => {
  expect(rows.length).toBeGreaterThan(50);
});

test.each(rows)('cites a test that exists, or says "cannot": $attack', ({ becomes, cited }) => {
  if (cited === '') {
    expect(becomes).toMatch(/\bcannot be\b/);
    return;
  }
  const [file = '', title = ''] = cited.replaceAll('`', '').split(' › ');
  const source = readFileSync(file, 'utf8');
  expect(title).not.toBe('');
  expect([`'${title}'`, `"${title}"`].some((text) => source.includes(text))).toBe(true);
});
