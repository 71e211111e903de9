import { partitionIn } from '#aws/partitions.ts';
import { later } from '#text/time.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { AlertOptions, Fact, Link } from './alert.ts';
import type { AlertKind } from './alert-kinds.ts';

/** The call's event in CloudTrail, and what trailkeeper logged about an id from ten minutes before to an hour after. */
export function linksOf(
  call: ApiCall | null,
  { region, groups }: AlertOptions['logs'],
  { id, from, to }: { readonly id: string; readonly from: string; readonly to: string },
): readonly Link[] {
  const event = call?.eventId ? eventLink(call.region, call.eventId) : null;
  const log = logsLink({
    region,
    logGroups: groups,
    query: `fields @timestamp, level, message, trail, by\n| filter @message like /${id.replace(/[^\w-]/g, '.')}/\n| sort @timestamp asc`,
    from: later(from, { minutes: -10 }),
    to: later(to, { hours: 1 }),
  });
  return [
    ...(event === null ? [] : [{ text: 'Event in CloudTrail', url: event }]),
    ...(log === null ? [] : [{ text: 'Log of trailkeeper', url: log }]),
  ];
}

/** The event of a call in the CloudTrail console; null if the Region has no known console or the id is malformed. */
export function eventLink(region: string, eventId: string): string | null {
  const start = consoleOf(region);
  return start !== null && /^[0-9a-fA-F-]{36}$/.test(eventId)
    ? `${start}/cloudtrailv2/home?region=${region}#/events/${eventId}`
    : null;
}

/** A query over log groups and a time range; ISO 8601. */
export type LogQuery = {
  readonly region: string;
  readonly logGroups: readonly string[];
  readonly query: string;
  readonly from: string;
  readonly to: string;
};

/**
 * A query in the console of CloudWatch Logs Insights; null if the Region has no known console. The fragment is encoded with `$` in
 * place of `%`, and the query in it once more with `*`. Source: links that the console makes.
 */
export function logsLink({ region, logGroups, query, from, to }: LogQuery): string | null {
  const start = consoleOf(region);
  if (start === null) return null;
  const groups = logGroups.map((group) => `~'${starred(group)}`).join('');
  const detail = `~(end~'${starred(to)}~start~'${starred(from)}~timeType~'ABSOLUTE~tz~'UTC~editorString~'${starred(query)}~source~(${groups}))`;
  return `${start}/cloudwatch/home?region=${region}#logsV2:logs-insights$3FqueryDetail$3D${detail}`;
}

const starred = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
    .replaceAll('%', '*')
    .replace(/\*[0-9A-F]{2}/g, (code) => code.toLowerCase());

/** The console of a Region; null if none is known. */
function consoleOf(region: string): string | null {
  const domain = partitionIn(region)?.console;
  return domain ? `https://${region}.${domain}` : null;
}

/** The link to the section of the runbook, if the organization published it. */
export const runbookLinks = (kind: AlertKind, runbook: string | null): readonly Link[] =>
  runbook === null ? [] : [{ text: 'Runbook', url: `${runbook}#${kind}` }];

/** Where the section is otherwise. */
export const runbookFacts = (kind: AlertKind, runbook: string | null): readonly Fact[] =>
  runbook === null ? [{ label: 'Runbook', value: `docs/runbook.md#${kind}` }] : [];
