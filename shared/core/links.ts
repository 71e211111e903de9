import { partitionOf } from './layout.ts';

/** The event of a call in the console of CloudTrail, or null where the Region or the id is not one. */
export const eventLink = (region: string, eventId: string): string | null =>
  isRegion(region) && /^[0-9a-fA-F-]{36}$/.test(eventId)
    ? `${consoleOf(region)}/cloudtrailv2/home?region=${region}#/events/${eventId}`
    : null;

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
 * in which `*` does. Source: links as the console itself makes them.
 */
export function logsLink({ region, logGroups, query, from, to }: LogQuery): string {
  const groups = logGroups.map((group) => `~'${starred(group)}`).join('');
  const detail = `~(end~'${starred(to)}~start~'${starred(from)}~timeType~'ABSOLUTE~tz~'UTC~editorString~'${starred(query)}~source~(${groups}))`;
  return `${consoleOf(region)}/cloudwatch/home?region=${region}#logsV2:logs-insights$3FqueryDetail$3D${detail}`;
}

const starred = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
    .replaceAll('%', '*')
    .replace(/\*[0-9A-F]{2}/g, (code) => code.toLowerCase());

/** Source: AWS documentation of each partition, "Signing in to the console". */
const consoleOf = (region: string): string => {
  const domain = domains[partitionOf(region)] ?? 'console.aws.amazon.com';
  return `https://${region}.${domain}`;
};

const domains: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

const isRegion = (text: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d+$/.test(text);
