import { totalLoss } from '#drift/history-model.ts';
import type { Impact } from '#drift/impact.ts';
import { gapsOfIncident } from '#gaps/gap.ts';
import type { KindHistory } from '#gaps/history.ts';
import type { Incident, IncidentStatus, TamperEvent } from '#incident/incident.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { parseTrailArn, type TrailArn } from '#trail/trail-arn.ts';

/** What people are shown in the preview: an incident of every status, as it typically is, and two kinds of tampering. */
export type Sample = { readonly incident: Incident } | { readonly tampering: TamperEvent };

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
  eventName: 'UpdateTrail',
  principal: { ...mallory.principal, name: 'deploy', issuer: 'Pipeline', mfa: null },
  sourceIp: '203.0.113.9',
  userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.13.1 aws-sdk-go-v2/1.39.0',
};

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
  impact: impact(
    'the log goes to the bucket attacker-bucket, not to org-trail-logs',
    'critical',
    true,
  ),
  treatment: 'restore',
};

const unencrypted: Drift = {
  path: 'KmsKeyId',
  desired: 'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4',
  actual: null,
  impact: impact('the log is not encrypted with a key of yours', 'medium', false),
  treatment: 'restore',
};

const retagged: Drift = {
  path: 'TagsList',
  desired: [{ Key: 'owner', Value: 'security' }],
  actual: [{ Key: 'owner', Value: 'mallory' }],
  impact: impact('the tag owner is not as it was', 'low', false),
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

const base: Incident = {
  id: '77e11d50-b866-408f-9509-c3f09de6b26e',
  trail,
  status: 'detected',
  severity: 'critical',
  startedAt: '2026-11-22T03:12:09.310Z',
  endedAt: null,
  cause: mallory,
  also: [],
  count: 1,
  reminders: 0,
  outcome: outcomeOf([drifted('logging', stopped)]),
  hold: null,
  flip: null,
  gaps: [],
  problem: null,
  isFolded: false,
};

const over = '2026-11-22T03:12:10.902Z';
const logging = drifted('logging', stopped);
const toStart = { ...logging, steps: [{ action: 'StartLogging', input: {} }] } as Finding;
const settings = drifted('settings', redirected, unencrypted);
const tags = drifted('tags', retagged);
const paced = { ...tags, withheld: { by: 'pace' } } as Finding;
const gated = { ...tags, withheld: { by: 'gate' } } as Finding;

const byStatus: Readonly<Record<IncidentStatus, Partial<Incident>>> = {
  detected: { outcome: outcomeOf([logging], { left: [logging] }) },
  restored: {
    endedAt: over,
    outcome: outcomeOf([logging, settings], {
      steps: [applied('settings', 'UpdateTrail'), applied('logging', 'StartLogging')],
    }),
    also: [{ ...mallory, eventName: 'UpdateTrail' }],
  },
  failed: {
    outcome: outcomeOf([logging, drifted('settings', redirected)], {
      steps: [refused, applied('logging', 'StartLogging')],
      left: [drifted('settings', redirected)],
    }),
    reminders: 2,
  },
  degraded: {
    severity: 'medium',
    outcome: outcomeOf([drifted('settings', unencrypted)], {
      steps: [
        {
          ...refused,
          error: 'KmsKeyNotFoundException',
          message: 'The KMS key can not be found.',
          remedy:
            'cancel the deletion of the key and enable it; the key has to be in the Region of the bucket',
        },
      ],
      left: [drifted('settings', unencrypted)],
    }),
  },
  drifted: {
    outcome: outcomeOf([toStart], { left: [toStart], mode: 'observe' }),
  },
  unknown: {
    severity: 'high',
    cause: null,
    outcome: outcomeOf([], {
      left: [
        {
          kind: 'logging',
          status: 'unknown',
          reason: 'AccessDeniedException: not authorized to perform: cloudtrail:GetTrailStatus',
          retryable: false,
        },
      ],
    }),
  },
  held: {
    severity: 'low',
    cause: pipeline,
    outcome: outcomeOf([tags], {
      left: [
        {
          ...tags,
          withheld: {
            by: 'hold',
            hold: 'migration',
            until: '2026-11-22T06:00:00Z',
            askedBy: 'arn:aws:iam::111122223333:user/alice',
          },
        } as Finding,
      ],
    }),
  },
  deferred: {
    severity: 'low',
    cause: pipeline,
    outcome: outcomeOf([paced], { left: [paced] }),
  },
  attempted: {
    severity: 'low',
    endedAt: over,
    count: 3,
    cause: {
      ...mallory,
      error: {
        code: 'AccessDenied',
        message: 'is not authorized to perform: cloudtrail:StopLogging',
      },
    },
    outcome: null,
  },
  touched: { severity: 'high', endedAt: over, count: 2, outcome: null },
  recovered: { severity: 'high', endedAt: over, cause: null },
  digest: { count: 12, cause: null, outcome: null },
  war: {
    severity: 'medium',
    count: 9,
    cause: pipeline,
    outcome: outcomeOf([paced], { left: [paced] }),
  },
  'hold-began': { severity: 'medium', cause: null, outcome: null },
  'hold-ended': {
    severity: 'medium',
    endedAt: '2026-11-22T06:03:41.000Z',
    cause: null,
    outcome: null,
  },
  broken: {
    cause: null,
    outcome: null,
    problem:
      'version 8 is current but its row is missing. Compare the live trail with the last version that can be used: npx trailkeeper capture',
  },
};

const hold = {
  schema: 1,
  id: 'migration',
  trail,
  kinds: ['tags', 'insight-selectors'],
  from: '2026-11-22T03:00:00Z',
  until: '2026-11-22T06:00:00Z',
  by: 'arn:aws:iam::111122223333:user/alice',
  reason: 'the tags move to the new scheme',
} as const;

/** Words that an attacker chose for what they act on in Slack, a terminal or a browser. */
export const hostile =
  '<!channel> <https://evil.example|click> *bold* `code` \u202egnp.exe https://evil.example <script>alert(1)</script>\n# you are fired';

const lured: Incident = {
  ...base,
  status: 'drifted',
  severity: 'medium',
  cause: {
    ...mallory,
    userAgent: hostile,
    principal: { ...mallory.principal, name: hostile, issuer: hostile },
  },
  outcome: outcomeOf([drifted('organization', { ...dismissed, actual: [hostile] })], {
    left: [drifted('organization', { ...dismissed, actual: [hostile] })],
  }),
};

/** With what the record of a trail that records everything lacks by it. */
function withGaps(incident: Incident): Incident {
  const recorded = { trail: parseTrailArn(trail), states: { logging: { IsLogging: true } } };
  return { ...incident, gaps: gapsOfIncident(incident, over, recorded, [recorder]) };
}

/** What logging takes from the record while it is off: all of it. */
const recorder: KindHistory = {
  name: 'logging',
  impact: () => stopped.impact,
  past: {
    after: () => null,
    missing: () => totalLoss,
    records: () => ({
      ...{ events: ['management', 'data'], hasDigests: true },
      ...{ isOfEveryRegion: true, isOfOrganization: true },
    }),
  },
};

export const samples: readonly Sample[] = [
  ...Object.entries(byStatus).map(([status, content]) => ({
    incident: withGaps({
      ...base,
      ...content,
      status: status as IncidentStatus,
      hold: status.startsWith('hold') ? hold : null,
    }),
  })),
  {
    incident: withGaps({
      ...base,
      status: 'held',
      severity: 'medium',
      cause: null,
      outcome: outcomeOf([gated], { left: [gated] }),
    }),
  },
  {
    tampering: {
      id: '5a2d7c1e-5d1b-4b7c-8a39-1d9f4c6a0b42',
      at: '2026-11-22T03:11:02Z',
      cause: { ...mallory, eventName: 'DisableRule' },
      faults: [],
    },
  },
  {
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
  {
    tampering: {
      id: '1b8e3f6a7c2d4e5f9a0b1c2d3e4f5a6b',
      at: '2026-11-22T03:12:40Z',
      cause: null,
      faults: [
        'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail: version 4 is not signed by anybody who may approve: it is not used',
      ],
      changes: ['settings.S3BucketName is "attacker-bucket", was "org-trail-logs"'],
    },
  },
  {
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
  { incident: lured },
];
