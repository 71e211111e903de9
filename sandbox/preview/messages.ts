import type { AlertOptions } from '#alert/alert.ts';
import { alertOf } from '#alert/alert-of.ts';
import { contentOf, replyOf } from '#alert/channels/slack-blocks.ts';
import { subjectOf, textOf } from '#alert/plain-text.ts';
import { otherChannels } from './other-channels.ts';
import type { PreviewedAlert } from './page.ts';
import { samples } from './samples.ts';

export const previewOptions: AlertOptions = {
  logs: { region: 'us-east-1', groups: ['Trailkeeper-SweepLog', 'Trailkeeper-RemediateLog'] },
  omitActors: false,
  runbook: 'https://wiki.example.com/trailkeeper/runbook',
  maxWindowHours: 4,
};

/** The alerts of the samples, as each channel gets them. */
export const messages: readonly PreviewedAlert[] = samples.map(({ label, record }) => {
  const alert = alertOf(record, previewOptions);
  return {
    label,
    content: contentOf(alert, true),
    reply: replyOf(alert),
    subject: subjectOf(alert),
    text: textOf(alert),
    others: otherChannels(alert),
  };
});
