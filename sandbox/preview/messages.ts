import { type Alert, alertOf, tamperingAlertOf } from '#alert/alert.ts';
import { blocksOf } from '#alert/channels/slack-blocks.ts';
import type { Shown } from './page.ts';
import { type Sample, samples } from './samples.ts';

const logs = { region: 'us-east-1', groups: ['Trailkeeper-SweepLog', 'Trailkeeper-RemediateLog'] };

export const alertOfSample = (sample: Sample): Alert =>
  'incident' in sample ? alertOf(sample.incident, logs) : tamperingAlertOf(sample.tampering, logs);

/** The messages of the samples, as Slack gets them. */
export const messages: readonly Shown[] = samples.map((sample) => ({
  label: 'incident' in sample ? sample.incident.status : 'tampering',
  blocks: blocksOf(alertOfSample(sample)),
}));
