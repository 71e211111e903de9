import type { AlertOptions } from '#alert/alert.ts';
import { alertOf } from '#alert/alert-of.ts';
import { blocksOf } from '#alert/channels/slack-blocks.ts';
import type { Shown } from './page.ts';
import { samples } from './samples.ts';

export const previewOptions: AlertOptions = {
  logs: { region: 'us-east-1', groups: ['Trailkeeper-SweepLog', 'Trailkeeper-RemediateLog'] },
  omitActors: false,
  maxWindowHours: 4,
};

/** The messages of the samples, as Slack gets them. */
export const messages: readonly Shown[] = samples.map(({ label, record }) => ({
  label,
  blocks: blocksOf(alertOf(record, previewOptions)),
}));
