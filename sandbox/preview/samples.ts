import { totalLoss } from '#drift/history-model.ts';
import type { Impact } from '#drift/impact.ts';
import { gapOfInterruption, gapsOfDrift } from '#gaps/gap.ts';
import type { KindHistory } from '#gaps/history.ts';
import type { CallEffect, Episode, Incident, WindowNotice } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import type { IncidentState } from '#incident/lifecycle/states.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import { type ApiCall, cloudFormation } from '#trail/api-call.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';

/** A record, and what it is a sample of. */
export type Sample = { readonly label: string; readonly record: IncidentRecord };

const trail: TrailArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail';

const mallory: ApiCall = {
  eventId: '77e11d50-b866-408f-9509-c3f09de6b26e',
  requestId: '3c1f2e7a-7c0e-4a56-9f0d-0a4d51c5a001',
  eventName: 'StopLogging',
  at: '2026-11-22T03:12:07Z',
  region: 'us-east-1',
  principal: {
    type: 'AssumedRole',
    name: 'mallory',
    arn: 'arn:aws:sts::111122223333:assumed-role/OrganizationAccountAccessRole/mallory',
    accountId: '111122223333',
    issuer: 'OrganizationAccountAccessRole',
    issuerArn: 'arn:aws:iam::111122223333:role/OrganizationAccountAccessRole',
    mfa: false,
  },
  selfTriggered: false,
  sourceIp: '198.51.100.23',
  userAgent: 'aws-cli/2.31.4 md/awscrt#0.27.6 os/linux#6.8 kali',
  via: null,
  error: null,
};

const pipeline: ApiCall = {
  ...mallory,
  eventId: '0d6b1c52-32f5-4a8e-9f39-6f0f6a1e77d1',
  eventName: 'AddTags',
  principal: { ...mallory.principal, name: 'deploy', issuer: 'Pipeline', mfa: null },
  sourceIp: '203.0.113.9',
  userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.13.1 aws-sdk-go-v2/1.39.0',
};

const alice: ApiCall['principal'] = {
  ...mallory.principal,
  type: 'IAMUser',
  name: 'alice',
  arn: 'arn:aws:iam::111122223333:user/alice',
  issuer: null,
  issuerArn: null,
  mfa: true,
};

const aliceStarts: ApiCall = {
  ...mallory,
  eventId: '1e7c2d63-4306-4b9f-8f4a-7f1f7b2f88e2',
  eventName: 'StartLogging',
  at: '2026-11-22T03:12:10Z',
  principal: alice,
  sourceIp: '203.0.113.40',
  userAgent: 'aws-sdk-js/3.930.0 lang/js md/nodejs#24.11.0 trailkeeper',
};

const place = { account: '111122223333', region: 'us-east-1' };

const byStack = (eventName: string): ApiCall => ({
  ...aliceStarts,
  eventName,
  via: cloudFormation,
});

const impact = (words: string, severity: Impact['severity'], losesCoverage: boolean): Impact => ({
  words,
  severity,
  losesCoverage,
});

const stopped: Drift = {
  path: 'IsLogging',
  desired: true,
  actual: false,
  impact: impact('nothing is recorded: logging is off', 'critical', true),
  treatment: 'restore',
};

const redirected: Drift = {
  path: 'S3BucketName',
  desired: 'org-trail-logs',
  actual: 'attacker-bucket',
  impact: impact('logs go to the bucket attacker-bucket, not to org-trail-logs', 'critical', true),
  treatment: 'restore',
};

const unencrypted: Drift = {
  path: 'KmsKeyId',
  desired: 'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4',
  actual: null,
  impact: impact('logs are not encrypted with your key', 'medium', false),
  treatment: 'restore',
};

const retagged: Drift = {
  path: 'TagsList',
  desired: [{ Key: 'owner', Value: 'security' }],
  actual: [{ Key: 'owner', Value: 'mallory' }],
  impact: impact('the tag owner was changed', 'low', false),
  treatment: 'restore',
};

const dismissed: Drift = {
  path: 'DelegatedAdministrators',
  desired: ['222233334444'],
  actual: [],
  impact: impact('222233334444 can no longer administer organization trails', 'medium', false),
  treatment: 'restore',
};

const drifted = (kind: string, ...changes: Drift[]): Finding => ({
  kind,
  status: 'drifted',
  changes,
  steps: [],
});

const applied = (kind: string, action: string): AppliedStep => ({
  kind,
  action,
  input: {},
  status: 'applied',
});

const refused: AppliedStep = {
  kind: 'settings',
  action: 'UpdateTrail',
  input: {},
  status: 'failed',
  error: 'InsufficientS3BucketPolicyException',
  message: 'Incorrect S3 bucket policy is detected for bucket: org-trail-logs',
  remedy:
    'give the bucket back the policy that lets cloudtrail.amazonaws.com write under the prefix of this trail',
  retryable: false,
};

function outcomeOf(
  found: readonly Finding[],
  { left = [], steps = [], mode = 'enforce' }: Partial<Left> = {},
): Outcome {
  const plan = { trail, version: 7, findings: found };
  return { mode, plan, applied: steps, verified: { ...plan, findings: left } };
}

type Left = {
  readonly left: readonly Finding[];
  readonly steps: readonly AppliedStep[];
  readonly mode: Outcome['mode'];
};

const openedAt = '2026-11-22T03:12:09.310Z';
const resolvedAt = '2026-11-22T03:12:11.902Z';
const closedAt = '2026-11-22T03:22:12.000Z';

const logging = drifted('logging', stopped);
const settings = drifted('settings', redirected, unencrypted);
const tags = drifted('tags', retagged);
const started = applied('logging', 'StartLogging');

const episode = (outcome: Outcome, more: Partial<Episode> = {}): Episode => ({
  detectedAt: openedAt,
  resolvedAt: null,
  resolution: null,
  acceptedBy: null,
  trigger: mallory,
  outcome,
  ...more,
});

const restoredOnce = episode(outcomeOf([logging], { steps: [started] }), {
  resolvedAt,
  resolution: 'restored',
});

const called = (call: ApiCall, effect: CallEffect) => ({ call, effect });

const base: Incident = {
  id: '77e11d50-b866-408f-9509-c3f09de6b26e',
  trail,
  state: 'detected',
  severity: 'critical',
  openedAt,
  updatedAt: resolvedAt,
  closedAt: null,
  lastInSyncAt: '2026-11-22T03:05:00.000Z',
  cause: mallory,
  calls: [called(mallory, 'caused')],
  callCount: 1,
  episodes: [],
  episodeCount: 1,
  interruptions: [],
  gaps: [],
  problemCount: 1,
  flapping: false,
  reminders: 0,
  baselineError: null,
};

const left = (kind: Finding, more: Partial<Left> = {}): readonly Episode[] => [
  episode(outcomeOf([kind], { left: [kind], ...more })),
];

const withSteps = (finding: Finding, action: string): Finding =>
  ({ ...finding, steps: [{ action, input: {} }] }) as Finding;
const backedOff = { ...tags, suppressed: { by: 'backoff' } } as Finding;
const suspended = {
  ...tags,
  suppressed: {
    by: 'maintenance-window',
    window: 'migration',
    until: '2026-11-22T06:00:00Z',
    requestedBy: 'arn:aws:iam::111122223333:user/alice',
  },
} as Finding;

const byPipeline: Partial<Incident> = {
  cause: pipeline,
  calls: [called(pipeline, 'caused')],
  severity: 'low',
};

const unexplained: Partial<Incident> = { cause: null, calls: [], callCount: 0 };

const failedCall: ApiCall = {
  ...mallory,
  error: { code: 'AccessDenied', message: 'is not authorized to perform: cloudtrail:StopLogging' },
};

const updated: ApiCall = { ...mallory, eventName: 'UpdateTrail' };

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
      'version 8 is current but its row is missing. Compare the live trail with the last usable version: npx --no trailkeeper capture',
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

function minute(minutes: number, seconds = 0): string {
  return new Date(Date.parse(openedAt) + (minutes * 60 + seconds) * 1000).toISOString();
}

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

const window = {
  schema: 1,
  id: 'migration',
  trail,
  kinds: ['tags', 'insight-selectors'],
  from: '2026-11-22T03:00:00Z',
  until: '2026-11-22T06:00:00Z',
  by: 'arn:aws:iam::111122223333:user/alice',
  reason: 'the tags move to the new scheme',
} as const;

const notice: WindowNotice = {
  id: 'migration',
  trail,
  window,
  startedAt: '2026-11-22T03:00:20.000Z',
  endedAt: null,
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

/** With the gaps of a trail that records everything. */
function withGaps(incident: Incident): Incident {
  const { cause, episodes, interruptions } = incident;
  const recorded = { trail: parseTrailArn(trail), states: { logging: { IsLogging: true } } };
  const ofEpisodes = episodes.flatMap(({ detectedAt, resolvedAt, resolution, outcome }, i) => {
    const times = { from: detectedAt, to: resolvedAt ?? minute(1) };
    const drift = { ...times, cause: i === 0 ? cause : null, outcome };
    return gapsOfDrift({ ...drift, isOver: resolution === 'external' }, recorded, [recorder]);
  });
  const ofInterruptions = interruptions.flatMap((one) =>
    gapOfInterruption(one, recorded, [recorder]),
  );
  return { ...incident, gaps: [...ofEpisodes, ...ofInterruptions] };
}

/** Nothing is recorded while logging is off. */
const recorder: KindHistory = {
  name: 'logging',
  impact: () => stopped.impact,
  historyModel: {
    applyCall: () => null,
    coverageLoss: () => totalLoss,
    coverage: () => ({
      ...{ events: ['management', 'data'], hasDigestFiles: true },
      ...{ isMultiRegion: true, isOrganization: true },
    }),
  },
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
  sample('flapping, closed', { ...flapping, state: 'restored', closedAt }),
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
  { label: 'maintenance window started', record: { notice } },
  {
    label: 'maintenance window ended',
    record: { notice: { ...notice, endedAt: '2026-11-22T06:00:41.000Z' } },
  },
  {
    label: 'a call disables a rule of trailkeeper',
    record: {
      tampering: {
        id: '5a2d7c1e-5d1b-4b7c-8a39-1d9f4c6a0b42',
        at: '2026-11-22T03:11:02Z',
        cause: { ...mallory, eventName: 'DisableRule' },
        part: {
          names: ['Trailkeeper-Trail-cloudtrail'],
          account: '111122223333',
          region: 'us-east-1',
        },
        faults: [],
      },
    },
  },
  {
    label: 'a stack update changes trailkeeper',
    record: {
      tampering: {
        id: '6b3e8d2f-6e2c-4c8d-9b4a-2e0a5d7b1c53',
        at: '2026-11-22T09:00:00.000Z',
        foundAt: '2026-11-22T09:14:31Z',
        updatedAt: '2026-11-22T09:15:02Z',
        cause: { ...aliceStarts, eventName: 'ExecuteChangeSet', at: '2026-11-22T09:14:31Z' },
        part: { ...place, names: ['Trailkeeper'] },
        further: [
          {
            cause: byStack('UpdateFunctionCode20150331v2'),
            part: { ...place, names: ['Trailkeeper-Sweep'] },
          },
          {
            cause: byStack('PutRule'),
            part: { ...place, names: ['Trailkeeper-Trail-cloudtrail'] },
          },
        ],
        callCount: 3,
        faults: [],
      },
    },
  },
  {
    label: 'an approver retires a trail',
    record: {
      tampering: {
        id: '3d0a5b8c9e4f4a7b8c1d2e3f4a5b6c7d',
        at: '2026-11-22T09:40:00Z',
        cause: null,
        faults: [],
        changes: [
          'version 6 of org-trail (us-east-1) was stored, signed by 3f2a91c07be4d815: the trail is retired',
          `by ${alice.arn}: replaced by the trail of the new landing zone`,
        ],
        retired: {
          trail,
          by: String(alice.arn),
          reason: 'replaced by the trail of the new landing zone',
        },
      },
    },
  },
  {
    label: 'the self-check finds differences',
    record: {
      tampering: {
        id: '9f7c1d0a4b2e4f6f8a1c3e5d7b9f0a2c',
        at: '2026-11-22T00:00:00.000Z',
        cause: null,
        faults: [
          'rules.arn:aws:events:us-east-1:111122223333:rule/Trailkeeper-Trail-cloudtrail.State is "DISABLED", must be "ENABLED"',
          'functions.Trailkeeper-Remediate.ReservedConcurrentExecutions is 0, must be absent',
        ],
      },
    },
  },
  {
    label: 'a baseline version without a signature',
    record: {
      tampering: {
        id: '1b8e3f6a7c2d4e5f9a0b1c2d3e4f5a6b',
        at: '2026-11-22T03:12:40Z',
        cause: null,
        faults: [
          'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail: version 4 is not signed by an approver and is ignored',
        ],
        changes: ['settings.S3BucketName is "attacker-bucket", was "org-trail-logs"'],
      },
    },
  },
  {
    label: 'an approved baseline version',
    record: {
      tampering: {
        id: '2c9f4a7b8d3e4f6a0b1c2d3e4f5a6b7c',
        at: '2026-11-22T09:30:00Z',
        cause: null,
        faults: [],
        changes: [
          'version 5 of org-trail (us-east-1) was stored, signed by 3f2a91c07be4d815: "moved to the new SIEM"',
          'settings.S3KeyPrefix is "siem", was "cloudtrail"',
        ],
      },
    },
  },
  sample('text that an attacker wrote', {
    state: 'drifted',
    severity: 'medium',
    cause: hostilePrincipal,
    calls: [called(hostilePrincipal, 'caused')],
    episodes: left(hostileDrift),
  }),
];
