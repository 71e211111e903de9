import { Command } from 'commander';
import { incidentLog, itself, type LogEntry } from '#incident/incident-log.ts';
import { action, type Context } from '../context.ts';
import { incidentColumns, incidentDetails, incidentRow } from '../incident-lines.ts';
import { pastTime, wholeNumber } from '../options.ts';
import { columns } from '../terminal.ts';
import { anyTrail, titleOf } from '../trails.ts';

type Options = { readonly last: number; readonly since: string; readonly id?: string };

/** What an incident is of, with what is kept of it. */
type Told = LogEntry & { readonly of: string };

export const incidents = new Command('incidents')
  .description('what happened to guarded trails, and to trailkeeper itself')
  .argument(
    '[trail]',
    `its ARN, or its name; ${itself} for what was done to that; everything where it is left out`,
  )
  .option('--last <n>', 'how many at most', wholeNumber, 20)
  .option('--since <time>', 'none before: a time, or how long ago, as 2h or 7d', pastTime, '0')
  .option('--id <id>', 'all that is kept of one; the beginning of its id will do')
  .action(
    action<Options>(async (context, [text], { last, since, id }) => {
      const limit = id === undefined ? last : Number.MAX_SAFE_INTEGER;
      const found = await Promise.all(
        (await subjects(context, text)).map(async (of): Promise<readonly Told[]> => {
          const entries = await incidentLog(context.state, context.table, { of, since, limit });
          return entries.map((entry) => ({ of, ...entry }));
        }),
      );
      const told = found
        .flat()
        .filter((entry) => id === undefined || idOf(entry).startsWith(id))
        .toSorted((one, other) => (one.at < other.at ? 1 : -1))
        .slice(0, limit);
      if (id !== undefined && told.length === 0) throw new Error(`no incident ${id} is kept`);
      context.answer({ incidents: told }, () => {
        if (id !== undefined)
          return told.flatMap((entry) => incidentDetails(entry, titleOf(entry.of)));
        if (told.length === 0) return ['no incident'];
        return [
          columns(
            incidentColumns,
            told.map((entry) => incidentRow(entry, titleOf(entry.of))),
          ),
        ];
      });
      return 0;
    }),
  );

async function subjects(context: Context, text: string | undefined): Promise<readonly string[]> {
  if (text === itself) return [itself];
  if (text !== undefined) return [(await anyTrail(context, text)).arn];
  return [itself, ...(await context.baselines.known()).map(({ trail }) => trail)];
}

function idOf(entry: LogEntry): string {
  if ('incident' in entry) return entry.incident.id;
  return 'tampering' in entry ? entry.tampering.id : '';
}
