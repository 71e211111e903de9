import type { Incident } from '#incident/incident.ts';
import type { IncidentState } from '#incident/lifecycle/states.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { otherSamples } from './other-samples.ts';
import { withGaps } from './sample-gaps.ts';
import {
  alice,
  aliceStarts,
  applied,
  approval,
  awaiting,
  backedOff,
  base,
  byPipeline,
  called,
  closedAt,
  dismissed,
  drifted,
  episode,
  failedCall,
  left,
  logging,
  mallory,
  minute,
  outcomeOf,
  pipeline,
  redirected,
  refused,
  resolvedAt,
  restoredOnce,
  type Sample,
  settings,
  started,
  suspended,
  tags,
  unencrypted,
  unexplained,
  updated,
  withSteps,
} from './sample-parts.ts';
import { deletedBucket, longest, scheduledDeletion } from './unusual-incidents.ts';

const byState: Readonly<Record<IncidentState, Partial<Incident>>> = {
  detected: { episodes: left(logging) },
  restored: {
    episodes: [
      episode(
        outcomeOf([logging, settings], { steps: [applied('settings', 'UpdateTrail'), started] }),
        { resolvedAt, resolution: 'restored' },
      ),
    ],
    calls: [
      called(mallory, 'caused'),
      called({ ...mallory, eventId: null, eventName: 'UpdateTrail' }, 'related'),
    ],
    callCount: 2,
  },
  failed: {
    episodes: [
      episode(
        outcomeOf([logging, drifted('settings', redirected)], {
          steps: [refused, started],
          left: [drifted('settings', redirected)],
        }),
      ),
    ],
    reminders: 2,
    calls: [called(mallory, 'caused'), called({ ...updated, eventId: null }, 'related')],
    callCount: 2,
  },
  degraded: {
    severity: 'medium',
    cause: updated,
    calls: [called(updated, 'caused')],
    episodes: left(drifted('settings', unencrypted), {
      steps: [
        {
          ...refused,
          error: 'KmsKeyNotFoundException',
          message: 'The KMS key cannot be found.',
          remedy:
            'cancel the deletion of the key and enable it; the key must be in the Region of the bucket',
        },
      ],
    }),
  },
  drifted: { episodes: left(withSteps(logging, 'StartLogging'), { mode: 'observe' }) },
  unknown: {
    ...unexplained,
    severity: 'high',
    episodes: left({
      kind: 'logging',
      status: 'unknown',
      reason: 'AccessDeniedException: not authorized to perform: cloudtrail:GetTrailStatus',
      retryable: false,
    }),
  },
  suspended: { ...byPipeline, episodes: left(suspended) },
  'backing-off': { ...byPipeline, episodes: left(backedOff) },
  'awaiting-approval': { ...byPipeline, episodes: left(awaiting), approvals: [approval] },
  attempted: {
    severity: 'low',
    cause: null,
    calls: [called(failedCall, 'failed'), called({ ...failedCall, eventId: null }, 'failed')],
    callCount: 2,
    episodeCount: 0,
  },
  reverted: {
    severity: 'high',
    calls: [
      called(mallory, 'reverted'),
      called({ ...mallory, eventId: null, eventName: 'StartLogging' }, 'reverted'),
    ],
    callCount: 2,
    episodeCount: 0,
  },
  resolved: {
    ...unexplained,
    severity: 'high',
    episodes: [
      episode(outcomeOf([logging]), { trigger: null, resolvedAt, resolution: 'external' }),
    ],
  },
  'baseline-invalid': {
    ...unexplained,
    episodeCount: 0,
    baselineError:
      'version 8 is current but its row is missing. Compare the live trail with the last usable version: npx --no -- trailkeeper capture',
  },
};

/** A pipeline and trailkeeper that undo each other. */
const flapping: Partial<Incident> = {
  ...byPipeline,
  severity: 'medium',
  state: 'backing-off',
  flapping: true,
  episodes: Array.from({ length: 9 }, (_, i) =>
    i === 8
      ? episode(outcomeOf([backedOff], { left: [backedOff] }), {
          detectedAt: minute(i),
          trigger: pipeline,
        })
      : episode(outcomeOf([tags], { steps: [applied('tags', 'AddTags')] }), {
          detectedAt: minute(i),
          resolvedAt: minute(i, 2),
          resolution: 'restored',
          trigger: pipeline,
        }),
  ),
  episodeCount: 9,
  callCount: 9,
};

const interrupted: Partial<Incident> = {
  ...byState.reverted,
  severity: 'critical',
  interruptions: [
    {
      how: 'stopped',
      from: '2026-11-22T03:12:07.000Z',
      isFromKnown: true,
      to: '2026-11-22T03:12:47.000Z',
    },
  ],
};

/** Text of an attacker that would act on Slack, a terminal or a browser. */
export const hostile =
  '<!channel> <https://evil.example|click> *bold* `code` \u202egnp.exe https://evil.example <script>alert(1)</script>\n# you are fired';

const hostilePrincipal: ApiCall = {
  ...mallory,
  eventName: 'DeregisterOrganizationDelegatedAdmin',
  userAgent: hostile,
  principal: { ...mallory.principal, name: hostile, issuer: hostile },
};
const hostileDrift = drifted('organization', { ...dismissed, actual: [hostile] });

const by = (eventName: string): Partial<Incident> => {
  const cause = { ...mallory, eventName };
  return { cause, calls: [called(cause, 'caused')] };
};

const sample = (label: string, more: Partial<Incident>): Sample => ({
  label,
  record: { incident: withGaps({ ...base, ...more }) },
});

export const samples: readonly Sample[] = [
  ...Object.entries(byState).map(([state, more]) =>
    sample(state, { ...more, state: state as IncidentState }),
  ),
  sample('reverted: logging interruption', { ...interrupted, state: 'reverted' }),
  sample('flapping', flapping),
  sample('flapping, closed', {
    ...flapping,
    ...{
      state: 'restored',
      closedAt,
      episodeCount: 8,
      episodes: (flapping.episodes ?? []).slice(0, 8),
    },
  }),
  sample('restored again', {
    state: 'restored',
    closedAt,
    episodes: [
      restoredOnce,
      { ...restoredOnce, detectedAt: minute(4), resolvedAt: minute(4, 3), trigger: pipeline },
    ],
    episodeCount: 2,
    callCount: 2,
    calls: [
      called(mallory, 'caused'),
      called({ ...pipeline, eventName: 'StopLogging' }, 'related'),
    ],
  }),
  sample('resolved: restored by a person', {
    state: 'resolved',
    episodes: [
      episode(outcomeOf([logging], { mode: 'observe' }), { resolvedAt, resolution: 'external' }),
    ],
    calls: [called(mallory, 'caused'), called(aliceStarts, 'restored')],
    callCount: 2,
  }),
  sample('resolved: accepted', {
    ...byPipeline,
    state: 'resolved',
    severity: 'low',
    episodes: [
      episode(outcomeOf([tags], { mode: 'observe' }), {
        ...{ resolvedAt, resolution: 'accepted', acceptedBy: alice.arn, trigger: pipeline },
      }),
    ],
  }),
  sample('retired while an incident is open', {
    state: 'drifted',
    closedAt,
    retired: { by: String(alice.arn), reason: 'replaced by the trail of the new landing zone' },
    episodes: left(withSteps(logging, 'StartLogging'), { mode: 'observe' }),
  }),
  ...otherSamples,
  sample('a bucket that was deleted and created again', {
    ...by('DeleteBucket'),
    state: 'restored',
    episodes: [
      episode(outcomeOf([deletedBucket], { steps: [applied('bucket', 'CreateBucket')] }), {
        ...{ resolvedAt, resolution: 'restored' },
      }),
    ],
  }),
  sample('drift of a key that is only reported', {
    ...by('ScheduleKeyDeletion'),
    state: 'drifted',
    episodes: left(scheduledDeletion),
  }),
  sample('as long as it gets', longest),
  sample('text that an attacker wrote', {
    state: 'drifted',
    severity: 'medium',
    cause: hostilePrincipal,
    calls: [called(hostilePrincipal, 'caused')],
    episodes: left(hostileDrift),
  }),
];
