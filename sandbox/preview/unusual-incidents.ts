import { type Incident, mostEntries } from '#incident/incident.ts';
import type { ApiCall } from '#trail/api-call.ts';
import {
  called,
  drifted,
  episode,
  impact,
  mallory,
  minute,
  outcomeOf,
  redirected,
  refused,
  trail,
} from './sample-parts.ts';

const name = 'שלום-'.repeat(12);
const longCall: ApiCall = {
  ...mallory,
  userAgent: 'x'.repeat(300),
  principal: { ...mallory.principal, name, issuer: `AWSReservedSSO_${'Administrator'.repeat(3)}` },
};
const everySetting = Array.from({ length: 11 }, (_, i) => ({
  ...redirected,
  ...{
    path: `Setting${i}`,
    desired: `arn:aws:s3:::${'logs-'.repeat(40)}`,
    actual: 'x'.repeat(600),
  },
}));

/** A trail, principals and values with the longest names, some of them written from right to left, and as many calls as are kept. */
export const longest: Partial<Incident> = {
  ...{ state: 'failed', trail: trail.replace('org-trail', `organization-${'trail-'.repeat(19)}1`) },
  cause: longCall,
  calls: Array.from({ length: mostEntries }, () =>
    called({ ...longCall, eventId: null, eventName: 'UpdateTrail' }, 'related'),
  ),
  ...{ callCount: 200, problemCount: 200, reminders: 12 },
  episodes: Array.from({ length: mostEntries }, (_, i) =>
    episode(
      outcomeOf([drifted('settings', ...everySetting)], {
        steps: [refused, { ...refused, action: 'PutEventSelectors', remedy: null }],
        left: [drifted('settings', ...everySetting)],
      }),
      { detectedAt: minute(i), trigger: longCall },
    ),
  ),
  episodeCount: 200,
};

const lossOf = (kind: string, path: string, desired: string, actual: string | null, what: string) =>
  drifted(kind, {
    ...{ path, desired, actual, treatment: 'restore' },
    impact: impact(what, 'critical', true),
  });
export const deletedBucket = lossOf(
  ...(['bucket', 'Region', 'us-east-1', null] as const),
  'bucket org-trail-logs (account 222233334444): the log bucket does not exist, and its log files are gone: create it again in the account that owned it, before someone else takes its name',
);
export const scheduledDeletion = lossOf(
  ...(['key', 'KeyState', 'Enabled', 'PendingDeletion'] as const),
  'key 1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4 (account 111122223333): the log key is scheduled for deletion: until then no log file can be delivered or read with it, and afterwards no one can read what it encrypted. Cancel the deletion, and enable the key',
);
