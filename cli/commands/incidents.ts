import type { Command } from 'commander';
import { itself } from '#aws/state-table-keys.ts';
import type { Recoveries } from '#evidence/evidence.ts';
import { incidentLog } from '#incident/incident-records.ts';
import { action, type Context } from '../context.ts';
import {
  type Entry,
  gapsToRecover,
  incidentDetails,
  incidentTable,
  recoveryDetails,
} from '../incident-lines.ts';
import { examples, pastTime, wholeNumber } from '../options.ts';
import { readRecoveries } from '../recovery/read-recoveries.ts';
import { anyTrail } from '../trails.ts';

type Options = { readonly last: number; readonly since: string };

export const configure = (command: Command): Command =>
  command
    .argument(
      '[trail|id]',
      `the name or ARN of a trail, ${itself}, or the beginning of an incident's id; default: everything`,
    )
    .option('--last <n>', 'list at most so many', wholeNumber, 20)
    .option(
      '--since <time>',
      'list those with activity since a time, or a duration ago such as 2h or 7d',
      pastTime,
      '0',
    )
    .addHelpText('after', examples('incidents --since 7d', 'incidents 5cfd2e71'))
    .action(
      action<Options>(async (context, [text], { last, since }) => {
        const subjects = await subjectsOf(context, text);
        if (subjects === null) return showIncident(context, text ?? '');
        const entries = await newestFirst(context, subjects);
        const listed = entries.filter(({ at }) => at >= since).slice(0, last);
        context.answer({ incidents: listed }, () =>
          listed.length === 0 ? ['no incidents'] : incidentTable(listed),
        );
        return 0;
      }),
    );

async function showIncident(context: Context, id: string): Promise<0> {
  const subjects = (await subjectsOf(context, undefined)) ?? [];
  const all = await newestFirst(context, subjects);
  const found = all.filter((entry) => idOf(entry).startsWith(id));
  if (found.length === 0) throw new Error(`no trail and no incident is named ${id}`);
  const recoveries = await recoveriesOf(context, found);
  context.answer({ incidents: found, recoveries }, () =>
    found.flatMap((entry) => [
      ...incidentDetails(entry, context.maxWindowHours),
      ...recoveryDetails(entry, recoveries, context.now()),
    ]),
  );
  return 0;
}

/** What was recovered of the gaps of incidents. */
async function recoveriesOf(context: Context, entries: readonly Entry[]): Promise<Recoveries> {
  const incidents = entries.flatMap((entry) => ('incident' in entry ? entry.incident : []));
  const trails = incidents.map(({ trail }) => trail);
  const gaps = incidents.flatMap((incident) => gapsToRecover(incident, context.now()));
  const times = gaps.flatMap(({ from, to }) => [from, to]).toSorted();
  const [from] = times;
  const to = times.at(-1);
  if (from === undefined || to === undefined) return { found: [], unread: [] };
  return readRecoveries(context, trails, { from, to });
}

/** What to list: one trail, trailkeeper itself, or everything; null if the text names none of them. */
async function subjectsOf(
  context: Context,
  text: string | undefined,
): Promise<readonly string[] | null> {
  if (text === itself) return [itself];
  const trails = (await context.baselines.known()).map(({ trail }) => trail);
  if (text === undefined) return [itself, ...trails];
  const isTrail = text.startsWith('arn:') || trails.some((arn) => arn.endsWith(`:trail/${text}`));
  return isTrail ? [(await anyTrail(context, text)).arn] : null;
}

/** By last activity: an incident can stay open for days while others open and close. */
async function newestFirst(
  { rows }: Context,
  subjects: readonly string[],
): Promise<readonly Entry[]> {
  const entries = await Promise.all(
    subjects.map(async (of): Promise<readonly Entry[]> => {
      const log = await incidentLog(rows, of);
      return log.map((entry) => ({ of, ...entry }));
    }),
  );
  return entries.flat().toSorted((one, other) => (one.at < other.at ? 1 : -1));
}

function idOf(entry: Entry): string {
  if ('incident' in entry) return entry.incident.id;
  if ('notice' in entry) return entry.notice.id;
  return 'tampering' in entry ? entry.tampering.id : '';
}
