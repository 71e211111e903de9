import { gzipSync } from 'node:zlib';
import type { HistoryEvent } from '#backfill/event-history.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import type { LogPlace } from '#log-files/log-folders.ts';
import { isoOf } from './slots.ts';

/** A log file as CloudTrail writes it. */
export type LogFile = {
  readonly key: string;
  readonly body: Buffer;
  readonly events: number;
  /** Of the content before compression, in hex, as digest files have it. */
  readonly sha256: string;
};

/**
 * The log file of a part of a slot. The same events give the same bytes under the same name. Source: CloudTrail user guide, "CloudTrail log
 * file examples"; the time in the name is the start of the slot.
 */
export function logFileOf(
  { account, region, folder }: LogPlace,
  { slot, part }: { readonly slot: number; readonly part: number },
  events: readonly HistoryEvent[],
): LogFile {
  const minute = isoOf(slot).slice(0, 16);
  const unique = hashOf(`${account} ${region} ${minute} ${part}`).slice(0, 16);
  const day = minute.slice(0, 10).replaceAll('-', '/');
  const name = `${account}_CloudTrail_${region}_${minute.replaceAll(/[-:]/g, '')}Z_${unique}`;
  const records = events.toSorted(byTime).map(({ record }) => record);
  const content = `{"Records":[${records.join(',')}]}`;
  return {
    key: `${folder}CloudTrail/${region}/${day}/${name}.json.gz`,
    body: gzipSync(content),
    events: events.length,
    sha256: hashOf(content),
  };
}

const byTime = (one: HistoryEvent, other: HistoryEvent): number =>
  one.at - other.at || (one.id < other.id ? -1 : 1);
