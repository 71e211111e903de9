import { setTimeout } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Command, Option } from 'commander';
import { invoke } from '#aws/invoke.ts';
import { reportStore } from '#aws/report-store.ts';
import type { BackfillReport, BackfillState } from '#core/backfill.ts';
import { historyDays } from '#core/remains.ts';
import { type BackfillClient, startBackfill, waitForReport } from '#shared/backfill-client.ts';
import { action, type Context, type ExitCode } from '../context.ts';
import { pastTime, yesOption } from '../options.ts';
import { progress } from '../progress.ts';
import { output } from '../stack.ts';
import { confirm, counted } from '../terminal.ts';
import { guardedTrail } from '../trails.ts';

type Options = {
  readonly from: string;
  readonly to?: string;
  readonly mode: 'observe' | 'enforce';
  readonly wait: boolean;
  readonly yes?: true;
};

export const backfill = new Command('backfill')
  .description('what was done to trails in the past 90 days, and what the record lost by it')
  .argument(
    '[trails...]',
    'their ARNs, or their names; every guarded trail where they are left out',
  )
  .addOption(
    new Option('--from <time>', 'the beginning: a time, or how long ago, as 2h or 7d')
      .argParser(pastTime)
      .makeOptionMandatory(),
  )
  .option('--to <time>', 'the end; now where it is left out', pastTime)
  .addOption(
    new Option('--mode <mode>', 'enforce: restore what is still drifted, too')
      .choices(['observe', 'enforce'])
      .default('observe'),
  )
  .option('--no-wait', 'start it, and do not wait for the report')
  .addOption(yesOption())
  .action(
    action<Options, readonly [readonly string[]]>(async (context, [texts], options) => {
      const { to = context.now().toISOString(), mode, wait, yes = false } = options;
      const from = withinHistory(options.from, context.now());
      const trails = await trailsIn(context, texts);
      if (mode === 'enforce') {
        context.tell('What is found to be drifted is restored, with the rights of trailkeeper.');
        await confirm('Backfill, and restore?', { yes });
      }
      const name = output(context.outputs, 'BackfillFunctionName');
      const client: BackfillClient = {
        invoke: (payload) => invoke(new LambdaClient(), name, payload),
        reports: reportStore(context.state, context.table),
      };
      const started = await startBackfill(client, { from, to, mode, ...trails });
      if (!wait) {
        const again = [
          'npx trailkeeper backfill',
          ...texts,
          '--from',
          from,
          '--to',
          to,
          '--mode',
          mode,
        ];
        context.answer(started, () => [`${started.status}; ${again.join(' ')} waits for it`]);
        return 0;
      }
      const report = await waited(context, client, started.report);
      context.answer(report, () => report.text);
      return exitCode(report);
    }),
  );

/** The trails of a payload; none is every one. */
async function trailsIn(context: Context, texts: readonly string[]): Promise<object> {
  if (texts.length === 0) return {};
  const guarded = await Promise.all(texts.map((text) => guardedTrail(context, text)));
  return { trails: guarded.map(({ trail }) => trail) };
}

async function waited(
  { now }: Context,
  client: BackfillClient,
  key: string,
): Promise<BackfillReport> {
  const told = progress();
  try {
    return await waitForReport(client, key, {
      now,
      pause: (milliseconds) => setTimeout(milliseconds),
      onProgress: ({ progress: so, problem }: BackfillState) => {
        const { lookupsDone, lookups, lookup, calls } = so;
        const doing = lookup ?? 'putting the report together';
        const held = problem === null ? '' : ` (${problem})`;
        told.tell(
          `${lookupsDone} of ${lookups} lookups, ${counted(calls, 'call', 'calls')} found: ${doing}${held}`,
          doing,
        );
      },
    });
  } finally {
    told.end();
  }
}

function exitCode({ trails }: BackfillReport): ExitCode {
  const verdicts = trails.map(({ now }) => now.verdict);
  if (verdicts.some((verdict) => verdict === 'unknown' || verdict === 'broken')) return 1;
  return verdicts.every((verdict) => verdict === 'in-sync' || verdict === 'restored') ? 0 : 2;
}

/** Event history goes on ageing until it is read: 90 days ago is a little less by then. */
function withinHistory(from: string, now: Date): string {
  const margin = 10 * 60_000;
  const oldest = now.getTime() - historyDays * 86_400_000;
  const isAtTheEdge = Math.abs(Date.parse(from) - oldest) < margin;
  return isAtTheEdge ? new Date(oldest + margin).toISOString() : from;
}
