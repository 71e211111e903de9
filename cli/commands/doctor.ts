import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { escapeControlChars } from '#text/escape.ts';
import { channelSecrets } from '../checks/channel-secrets.ts';
import type { Finding } from '../checks/check.ts';
import { deadLetters } from '../checks/dead-letters.ts';
import { dependencies } from '../checks/dependencies.ts';
import { deployedResources } from '../checks/deployed-resources.ts';
import { heartbeat } from '../checks/heartbeat.ts';
import { recipients } from '../checks/recipients.ts';
import { recovery } from '../checks/recovery.ts';
import { stack } from '../checks/stack.ts';
import { trails } from '../checks/trails.ts';
import { watchtower } from '../checks/watchtower.ts';
import { action } from '../context.ts';
import { explain } from '../explain.ts';
import { examples } from '../options.ts';
import { deploymentOf } from '../stack.ts';
import { counted, hang, paint, print, wrap, wrappable } from '../terminal.ts';

const checks = [
  stack,
  deployedResources,
  dependencies,
  recovery,
  heartbeat,
  watchtower,
  deadLetters,
  channelSecrets,
  recipients,
  trails,
];

export const configure = (command: Command): Command =>
  command
    .addHelpText('after', '\nExit code 1: a check failed, or found that something is wrong.')
    .addHelpText('after', examples('doctor'))
    .action(
      action<object, readonly []>(async (context) => {
        const deployment = deploymentOf(context.outputs, context.stack);
        // Each check that awaits it reports the reason.
        deployment.catch(() => {});
        const running = checks.map(({ name, run }) => ({
          name,
          findings: run(context, deployment).catch(failed),
        }));
        const results: Result[] = [];
        for (const { name, findings } of running) {
          const result = { name, findings: await findings };
          if (!context.json) print(...lines(result));
          results.push(result);
        }
        const wrong = results.flatMap(({ findings }) => findings).filter(isWrong);
        context.answer({ isWell: wrong.length === 0, checks: results }, () => [
          summary(wrong.length),
        ]);
        return wrong.length === 0 ? 0 : 1;
      }, 'any account'),
    );

const failed = (error: unknown): readonly Finding[] => [
  { status: 'wrong', message: 'the check failed', remedy: explain(error) },
];

const isWrong = ({ status }: Finding): boolean => status === 'wrong';

type Result = { readonly name: string; readonly findings: readonly Finding[] };

const nameWidth = Math.max(...checks.map(({ name }) => name.length));

/** Findings with the same remedy share it. */
function lines({ name, findings }: Result): readonly string[] {
  return findings.flatMap((finding, i) => {
    const head = `${label(finding)} ${name.padEnd(nameWidth)} `;
    const message = indented(head, finding.message);
    const isShared = findings[i + 1]?.remedy === finding.remedy;
    if (finding.remedy === null || isShared) return message;
    return [...message, ...indented(`${' '.repeat(nameWidth + 7)}→ `, finding.remedy)];
  });
}

/** Text of at most 80 columns: the first line after `head`, the others below it. */
const indented = (head: string, text: string): readonly string[] => {
  const indent = ' '.repeat(stripVTControlCharacters(head).length);
  return wrap(wrappable(escapeControlChars(text)), 80 - indent.length).map((line, i) =>
    i === 0 ? (head + line).trimEnd() : hang(line, indent, 80),
  );
};

const label = ({ status }: Finding): string => paint(colors[status], status.padEnd(5));

const colors = { ok: 'green', note: 'yellow', wrong: 'red' } as const;

const summary = (count: number): string =>
  count === 0
    ? paint('green', 'no problems found')
    : paint('red', counted(count, 'problem', 'problems'));
