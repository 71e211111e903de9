import { setTimeout } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { type Command, Option } from 'commander';
import { invoke } from '#aws/invoke.ts';
import { type BackfillClient, startBackfill, waitForReport } from '#backfill/client.ts';
import { type BackfillReport, progressOf } from '#backfill/job-state.ts';
import { reportStore } from '#backfill/report-store.ts';
import { historyDays } from '#gaps/recoverability.ts';
import { action, type Context } from '../context.ts';
import { exitCodeOf, type TrailResult } from '../exit-code.ts';
import { examples, pastTime, wholeMinute, yesOption } from '../options.ts';
import { progress } from '../progress.ts';
import { output } from '../stack.ts';
import { confirm, counted, note } from '../terminal.ts';
import { protectedTrail } from '../trails.ts';

type Options = {
  readonly from: string;
  readonly to?: string;
  readonly mode: 'observe' | 'enforce';
  readonly wait: boolean;
  readonly yes?: true;
};

export const configure = (command: Command): Command =>
  command
    .argument('[trails...]', 'ARNs or names; default: every protected trail')
    .addOption(
      new Option('--from <time>', 'the start: a time, or a duration ago such as 2h or 7d')
        .argParser(pastTime)
        .makeOptionMandatory(),
    )
    .option('--to <time>', 'the end; default: now', pastTime)
    .addOption(
      new Option('--mode <mode>', 'enforce also restores current drift')
        .choices(['observe', 'enforce'])
        .default('observe'),
    )
    .option('--no-wait', 'do not wait for the report', true)
    .addOption(yesOption())
    .addHelpText(
      'after',
      examples(
        'backfill org-trail --from 3h',
        'backfill --from 2026-01-30T18:00:00Z --mode enforce',
      ),
    )
    .action(
      action<Options, readonly [readonly string[]]>(async (context, [texts], options) => {
        const { mode, wait, yes = false } = options;
        const to = options.to ?? wholeMinute(context.now().getTime(), Math.ceil);
        const from = withinHistory(options.from, context.now());
        const trails = await trailsIn(context, texts);
        if (mode === 'enforce') {
          context.info('Current drift is restored with the permissions of trailkeeper.');
          await confirm('Backfill and restore?', { yes });
        }
        const name = output(context.outputs, 'BackfillFunctionName');
        const client: BackfillClient = {
          invoke: (payload) => invoke(new LambdaClient(), name, payload),
          reports: reportStore(context.rows),
        };
        const started = await startBackfill(client, { from, to, mode, ...trails });
        const times = ['--from', short(from), '--to', short(to), '--mode', mode];
        const again = ['npx --no -- trailkeeper backfill', ...texts, ...times].join(' ');
        if (!wait) {
          context.answer(started, () => [`${started.status}. To wait for it: ${again}`]);
          return 0;
        }
        note(`To join this backfill later: ${again}`);
        const report = await waited(context, client, started.report);
        context.answer(report, () => report.text);
        return exitCodeOf(report.trails.map(resultOf));
      }),
    );

/** A time without its zero milliseconds. */
const short = (time: string): string => time.replace('.000Z', 'Z');

/** The trails of a payload. Without them, it is about every protected trail. */
async function trailsIn(context: Context, texts: readonly string[]): Promise<object> {
  if (texts.length === 0) return {};
  const protectedTrails = await Promise.all(texts.map((text) => protectedTrail(context, text)));
  return { trails: protectedTrails.map(({ trail }) => trail) };
}

async function waited(
  { now }: Context,
  client: BackfillClient,
  key: string,
): Promise<BackfillReport> {
  const reported = progress();
  try {
    return await waitForReport(client, key, {
      now,
      pause: (milliseconds) => setTimeout(milliseconds),
      onProgress: (state) => {
        const { lookupsDone, lookups, lookup, calls } = progressOf(state);
        const { problem } = state;
        const step = lookup ?? 'compiling the report';
        const delay = problem === null ? '' : ` (${problem})`;
        reported.report(
          `${lookupsDone} of ${lookups} lookups, ${counted(calls, 'call', 'calls')} found: ${step}${delay}`,
          step,
        );
      },
      onProblem: (problem) => reported.report(`cannot read the progress (${problem})`, problem),
    });
  } finally {
    reported.end();
  }
}

function resultOf({ now: { verdict, problem } }: BackfillReport['trails'][number]): TrailResult {
  const isNotKnown = verdict === 'unknown' || verdict === 'broken';
  return {
    hasDrift: !isNotKnown && verdict !== 'in-sync' && verdict !== 'restored',
    hasError: isNotKnown || problem !== null,
  };
}

/** Moves a start that is about to leave event history ten minutes later, so that it is still valid when the function reads it. */
function withinHistory(from: string, now: Date): string {
  const margin = 10 * 60_000;
  const oldest = now.getTime() - historyDays * 86_400_000;
  const isAtTheEdge = Math.abs(Date.parse(from) - oldest) < margin;
  return isAtTheEdge ? wholeMinute(oldest + margin, Math.ceil) : from;
}
