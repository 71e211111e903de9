import { Command } from 'commander';
import { escapeControlChars } from '#text/escape.ts';
import type { Finding } from '../checks/check.ts';
import { checks } from '../checks/index.ts';
import { action } from '../context.ts';
import { deploymentOf } from '../deployment.ts';
import { explain } from '../explain.ts';
import { counted, paint, print } from '../terminal.ts';

export const doctor = new Command('doctor')
  .description('prove that trailkeeper works as it was deployed, and say what to do where not')
  .addHelpText('after', '\nHere drift is something that is wrong: exit code 1.')
  .action(
    action<object, readonly []>(async (context) => {
      const deployment = deploymentOf(context.outputs, context.stack);
      // Each check that needs it tells why it is not there.
      deployment.catch(() => {});
      const running = checks.map(({ name, run }) => ({
        name,
        findings: run(context, deployment).catch(notLookedAt),
      }));
      const told = [];
      for (const { name, findings } of running) {
        const check = { name, findings: await findings };
        if (!context.json) print(...lines(check));
        told.push(check);
      }
      const wrong = told.flatMap(({ findings }) => findings).filter(isWrong);
      context.answer({ isWell: wrong.length === 0, checks: told }, () => [summary(wrong.length)]);
      return wrong.length === 0 ? 0 : 1;
    }),
  );

const notLookedAt = (error: unknown): readonly Finding[] => [
  { status: 'wrong', what: 'can not be looked at', remedy: explain(error) },
];

const isWrong = ({ status }: Finding): boolean => status === 'wrong';

type Told = { readonly name: string; readonly findings: readonly Finding[] };

/** A line a finding, and below those that have the same remedy, that. */
function lines({ name, findings }: Told): readonly string[] {
  return findings.flatMap((finding, i) => {
    const line = `${label(finding)} ${name.padEnd(12)} ${escapeControlChars(finding.what)}`;
    if (finding.status !== 'wrong') return [line];
    const next = findings[i + 1];
    const isSame = next?.status === 'wrong' && next.remedy === finding.remedy;
    return isSame ? [line] : [line, `${' '.repeat(19)}→ ${escapeControlChars(finding.remedy)}`];
  });
}

const label = ({ status }: Finding): string => paint(colours[status], status.padEnd(5));

const colours = { ok: 'green', note: 'yellow', wrong: 'red' } as const;

const summary = (count: number): string =>
  count === 0
    ? paint('green', 'all is well')
    : paint('red', counted(count, 'thing is wrong', 'things are wrong'));
