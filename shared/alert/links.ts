import { partitionIn } from '#aws/partitions.ts';

/** The event of a call in the console of CloudTrail; null if the Region has no known console, or the id is none. */
export function eventLink(region: string, eventId: string): string | null {
  const start = consoleOf(region);
  return start !== null && /^[0-9a-fA-F-]{36}$/.test(eventId)
    ? `${start}/cloudtrailv2/home?region=${region}#/events/${eventId}`
    : null;
}

/** What is to be looked up in the logs, and when it was written; ISO 8601. */
export type LogQuery = {
  readonly region: string;
  readonly logGroups: readonly string[];
  readonly query: string;
  readonly from: string;
  readonly to: string;
};

/**
 * A query in the console of CloudWatch Logs Insights. In its fragment `$` stands for `%`, and the query is one more encoding deep,
 * in which `*` does. Null if the Region has no known console. Source: links as the console itself makes them.
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

/** The console of a Region; null if it has none that is known. */
function consoleOf(region: string): string | null {
  const domain = partitionIn(region)?.console;
  return domain ? `https://${region}.${domain}` : null;
}
