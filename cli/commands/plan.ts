import { Command } from 'commander';
import type { Finding } from '#core/plan.ts';
import { renderText } from '#core/text.ts';
import { holdLine } from '../active-holds.ts';
import { action, type ExitCode } from '../context.ts';
import { type Look, look } from '../look.ts';
import { planLines } from '../plan-lines.ts';
import { paint } from '../terminal.ts';
import { guardedTrail, noneGuarded, titleOf } from '../trails.ts';

export const plan = new Command('plan')
  .description('how guarded trails differ from their baselines, and what would restore them')
  .argument('[trail]', 'its ARN, or its name; every guarded trail where it is left out')
  .action(
    action(async (context, [text]) => {
      const guarded =
        text === undefined ? await context.baselines.list() : [await guardedTrail(context, text)];
      if (guarded.length === 0) throw noneGuarded();
      const looks = await Promise.all(guarded.map((one) => look(context, one)));
      context.answer({ trails: looks }, () => looks.flatMap(lines));
      return exitCode(looks);
    }),
  );

function lines(one: Look): readonly string[] {
  if ('error' in one) {
    return [`${paint('red', 'broken')} ${titleOf(one.trail)}: ${renderText(one.error)}`];
  }
  return [...planLines(one.plan), ...one.holds.map((held) => `  ${holdLine(held)}`)];
}

function exitCode(looks: readonly Look[]): ExitCode {
  const has = (status: Finding['status']) =>
    looks.some(
      (one) => 'plan' in one && one.plan.findings.some((finding) => finding.status === status),
    );
  if (has('drifted')) return 2;
  return has('unknown') || looks.some((one) => 'error' in one) ? 1 : 0;
}
