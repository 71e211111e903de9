import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters, styleText } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { progress } from '../../cli/progress.ts';
import { inSession } from '../../cli/session.ts';
import { columns, note, print } from '../../cli/terminal.ts';

/** What is printed to stdout of a terminal of 80 columns, without colors. */
async function inTerminal(what: () => void, stream: 'stdout' | 'stderr' = 'stdout') {
  const out = Object.assign(new PassThrough(), { columns: 80 });
  const other = Object.assign(new PassThrough(), { columns: 80 });
  const output = text(out);
  const streams =
    stream === 'stdout' ? { stdout: out, stderr: other } : { stdout: other, stderr: out };
  await inSession({ stdin: process.stdin, ...streams } as never, async () => what());
  out.end();
  return stripVTControlCharacters(await output);
}

const wordsOf = (lines: string) => lines.split(/\s+/).filter((word) => word !== '');
const isFitting = (line: string) => line.length <= 80 || wordsOf(line).length === 1;

const words = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.stringMatching(/^[a-z]{1,12}$/) },
      { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{90,128}$/) },
    ),
    { maxLength: 12 },
  )
  .map((all) => all.join(' '));

test('every table fits the terminal, and no word is broken or lost', async () => {
  const head = ['TRAIL', 'VERSION', 'REASON', 'CHANGES'];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(words, words, words, words), { minLength: 1, maxLength: 4 }),
      async (rows) => {
        const styled = rows.map((row) =>
          row.map((cell) => styleText('green', cell, { validateStream: false })),
        );
        const printed = await inTerminal(() => print(...columns(head, styled)));

        expect(printed.split('\n').filter((line) => !isFitting(line))).toEqual([]);
        expect(wordsOf(printed)).toEqual(expect.arrayContaining(rows.flat().flatMap(wordsOf)));
      },
    ),
  );
});

test('a table that is too wide is wrapped by word', async () => {
  const reason = 'the platform team asked for it after the audit of last year, see the wiki';
  const printed = await inTerminal(() =>
    print(...columns(['TRAIL', 'REASON'], [['org-trail', reason]])),
  );

  expect(printed).toBe(`TRAIL      REASON
org-trail  the platform team asked for it after the audit of last year, see the
           wiki
`);
});

test('a word that is too wide for its column has a line for itself, and the rest stays a table', async () => {
  const [name, url] = ['x'.repeat(128), `https://wiki/${'y'.repeat(60)}`];
  const printed = await inTerminal(() =>
    print(
      ...columns(
        ['TRAIL', 'VERSION', 'REASON', 'STATUS'],
        [
          [`${name} (us-east-1)`, '1', 'the first one', 'in force'],
          ['org-trail (us-east-1)', '2', `see ${url}`, 'in force'],
        ],
      ),
    ),
  );

  expect(printed).toBe(`TRAIL                  VERSION  REASON         STATUS
${name}
(us-east-1)            1        the first one  in force
org-trail (us-east-1)  2        see            in force
       ${url}
`);

  const listed = await inTerminal(() =>
    print(...columns(['ID', 'TRAIL', 'CAUSE'], [['85f249ee', name, 'StopLogging by alice']])),
  );
  expect(listed).toBe(`ID        TRAIL  CAUSE
85f249ee         StopLogging by alice
${name}
`);
});

test('rows of too many columns become lists', async () => {
  const head = ['VERSION', 'STORED', 'BY', 'SIGNED BY', 'REASON', 'CHANGES'];
  const cell = 'some long words in a cell';
  const printed = await inTerminal(() =>
    print(
      ...columns(head, [
        ['1', '2026-01-31T12:00:00Z', cell, cell, cell, cell],
        ['2', '2026-01-31T12:00:00Z', cell, cell, '', cell],
      ]),
    ),
  );

  expect(printed).toBe(`VERSION    1
STORED     2026-01-31T12:00:00Z
BY         ${cell}
SIGNED BY  ${cell}
REASON     ${cell}
CHANGES    ${cell}

VERSION    2
STORED     2026-01-31T12:00:00Z
BY         ${cell}
SIGNED BY  ${cell}
CHANGES    ${cell}
`);
});

test.each(['stdout', 'stderr'] as const)(
  'a long line on %s is wrapped by word and indented',
  async (stream) => {
    const printed = await inTerminal(
      () =>
        (stream === 'stdout' ? print : note)(
          `  settings.S3BucketName is "attacker-bucket", must be "org-trail-logs": it is critical`,
        ),
      stream,
    );

    expect(
      printed,
    ).toBe(`  settings.S3BucketName is "attacker-bucket", must be "org-trail-logs": it is
    critical
`);
  },
);

test('a command stays in one line, so that it can be pasted', async () => {
  const command = `npx --no -- trailkeeper capture ${'x'.repeat(60)} --reason "CHG-1234"`;
  const printed = await inTerminal(() => print(`To protect it again: ${command}`, command));

  expect(printed).toBe(`To protect it again:\n  ${command}\n${command}\n`);
});

test('the words around a command are wrapped, and the command is not', async () => {
  const [first, second] = ['npx --no -- trailkeeper deploy', 'npx --no -- trailkeeper init "a, b"'];
  const printed = await inTerminal(() =>
    print(
      `error: the stack is not deployed. Run ${first}. Name its Region with ${second}, or wait`,
    ),
  );

  expect(
    printed,
  ).toBe(`error: the stack is not deployed. Run npx --no -- trailkeeper deploy. Name its
  Region with npx --no -- trailkeeper init "a, b", or wait
`);
});

test('each of two long commands has a line for itself', async () => {
  const [one, two] = ['1', '2'].map(
    (end) => `aws cloudformation detect-stack-drift ${end.repeat(60)}`,
  );
  const printed = await inTerminal(() => print(`with other credentials: ${one}; ${two}`));

  expect(printed).toBe(`with other credentials:\n  ${one};\n  ${two}\n`);
});

test('nothing is wrapped outside of a terminal', async () => {
  const stdout = new PassThrough();
  const line = 'a long line '.repeat(20).trim();
  await inSession({ stdin: process.stdin, stdout, stderr: stdout } as never, async () =>
    print(line),
  );
  stdout.end();

  expect(await text(stdout)).toBe(`${line}\n`);
});

test('progress stays in one line of a terminal', async () => {
  const stderr = Object.assign(new PassThrough(), { columns: 80, isTTY: true });
  const shown = progress(stderr as never);
  shown.report('1 of 30 lookups '.repeat(20), 'a step');
  shown.end();
  stderr.end();

  const lines = stripVTControlCharacters(await text(stderr)).split('\r');
  expect(lines).toEqual(['', expect.stringMatching(/^1 of 30 .{71}$/), '']);
});
