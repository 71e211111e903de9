import type { Impact } from '#drift/impact.ts';
import type { CallEffect, Episode, Incident } from '#incident/incident.ts';
import type { IncidentRecord } from '#incident/incident-records.ts';
import type { Approval } from '#reconcile/approval.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import { type ApiCall, cloudFormation } from '#trail/api-call.ts';
import type { TrailArn } from '#trail/trail-arn.ts';

/** A record, and what it is a sample of. */
export type Sample = { readonly label: string; readonly record: IncidentRecord };

export const trail: TrailArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail';

export const mallory: ApiCall = {
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

export const pipeline: ApiCall = {
  ...mallory,
  eventId: '0d6b1c52-32f5-4a8e-9f39-6f0f6a1e77d1',
  eventName: 'AddTags',
  principal: { ...mallory.principal, name: 'deploy', issuer: 'Pipeline', mfa: null },
  sourceIp: '203.0.113.9',
  userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.13.1 aws-sdk-go-v2/1.39.0',
};

export const alice: ApiCall['principal'] = {
  ...mallory.principal,
  type: 'IAMUser',
  name: 'alice',
  arn: 'arn:aws:iam::111122223333:user/alice',
  issuer: null,
  issuerArn: null,
  mfa: true,
};

export const aliceStarts: ApiCall = {
  ...mallory,
  eventId: '1e7c2d63-4306-4b9f-8f4a-7f1f7b2f88e2',
  eventName: 'StartLogging',
  at: '2026-11-22T03:12:10Z',
  principal: alice,
  sourceIp: '203.0.113.40',
  userAgent: 'aws-sdk-js/3.930.0 lang/js md/nodejs#24.11.0 trailkeeper',
};

export const place = { account: '111122223333', region: 'us-east-1' };

export const byStack = (eventName: string): ApiCall => ({
  ...aliceStarts,
  eventName,
  via: cloudFormation,
});

export const impact = (
  description: string,
  severity: Impact['severity'],
  losesCoverage: boolean,
): Impact => ({
  description,
  severity,
  losesCoverage,
});

export const stopped: Drift = {
  path: 'IsLogging',
  desired: true,
  actual: false,
  impact: impact('nothing is recorded: logging is off', 'critical', true),
  treatment: 'restore',
};

export const redirected: Drift = {
  path: 'S3BucketName',
  desired: 'org-trail-logs',
  actual: 'attacker-bucket',
  impact: impact('logs go to the bucket attacker-bucket, not to org-trail-logs', 'critical', true),
  treatment: 'restore',
};

export const unencrypted: Drift = {
  path: 'KmsKeyId',
  desired: 'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4',
  actual: null,
  impact: impact('logs are not encrypted with your key', 'medium', false),
  treatment: 'restore',
};

export const retagged: Drift = {
  path: 'TagsList',
  desired: [{ Key: 'owner', Value: 'security' }],
  actual: [{ Key: 'owner', Value: 'mallory' }],
  impact: impact('the tag owner was changed', 'low', false),
  treatment: 'restore',
};

export const dismissed: Drift = {
  path: 'DelegatedAdministrators',
  desired: ['222233334444'],
  actual: [],
  impact: impact('222233334444 can no longer administer organization trails', 'medium', false),
  treatment: 'restore',
};

export const drifted = (kind: string, ...changes: Drift[]): Finding => ({
  kind,
  status: 'drifted',
  changes,
  steps: [],
});

export const applied = (kind: string, action: string): AppliedStep => ({
  kind,
  action,
  input: {},
  status: 'applied',
});

export const refused = {
  kind: 'settings',
  action: 'UpdateTrail',
  input: {},
  status: 'failed',
  error: 'InsufficientS3BucketPolicyException',
  message: 'Incorrect S3 bucket policy is detected for bucket: org-trail-logs',
  remedy:
    'give the bucket back the policy that lets cloudtrail.amazonaws.com write under the prefix of this trail',
  retryable: false,
} as const satisfies AppliedStep;

export function outcomeOf(
  found: readonly Finding[],
  { left = [], steps = [], mode = 'enforce' }: Partial<Left> = {},
): Outcome {
  const plan = { trail, version: 7, findings: found };
  return { mode, plan, applied: steps, verified: { ...plan, findings: left } };
}

export type Left = {
  readonly left: readonly Finding[];
  readonly steps: readonly AppliedStep[];
  readonly mode: Outcome['mode'];
};

export const openedAt = '2026-11-22T03:12:09.310Z';
export const resolvedAt = '2026-11-22T03:12:11.902Z';
export const closedAt = '2026-11-22T03:22:12.000Z';

export const logging = drifted('logging', stopped);
export const settings = drifted('settings', redirected, unencrypted);
export const tags = drifted('tags', retagged);
export const started = applied('logging', 'StartLogging');

export const episode = (outcome: Outcome, more: Partial<Episode> = {}): Episode => ({
  detectedAt: openedAt,
  resolvedAt: null,
  resolution: null,
  acceptedBy: null,
  trigger: mallory,
  outcome,
  ...more,
});

export const restoredOnce = episode(outcomeOf([logging], { steps: [started] }), {
  resolvedAt,
  resolution: 'restored',
});

export const called = (call: ApiCall, effect: CallEffect) => ({ call, effect });

export const base: Incident = {
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
  approvals: [],
  actions: [],
  interruptions: [],
  gaps: [],
  problemCount: 1,
  flapping: false,
  reminders: 0,
  baselineError: null,
};

export const left = (kind: Finding, more: Partial<Left> = {}): readonly Episode[] => [
  episode(outcomeOf([kind], { left: [kind], ...more })),
];

export const withSteps = (finding: Finding, action: string): Finding =>
  ({ ...finding, steps: [{ action, input: {} }] }) as Finding;
export const backedOff = { ...tags, suppressed: { by: 'backoff' } } as Finding;
export const suspended = {
  ...tags,
  suppressed: {
    by: 'maintenance-window',
    window: 'migration',
    until: '2026-11-22T06:00:00Z',
    requestedBy: 'arn:aws:iam::111122223333:user/alice',
  },
} as Finding;

export const awaiting = drifted('tags', { ...retagged, treatment: 'approve' });

/** Drift of tags that waits for a decision. */
export const approval: Approval = {
  id: '0d6b1c52-1',
  changes: [{ key: 'a', kind: 'tags', path: 'TagsList' }],
  requestedAt: openedAt,
  until: '2026-11-22T04:12:10Z',
  otherwise: 'restore',
  decision: null,
  endedAt: null,
};

export const byPipeline: Partial<Incident> = {
  cause: pipeline,
  calls: [called(pipeline, 'caused')],
  severity: 'low',
};

export const unexplained: Partial<Incident> = { cause: null, calls: [], callCount: 0 };

export const failedCall: ApiCall = {
  ...mallory,
  error: { code: 'AccessDenied', message: 'is not authorized to perform: cloudtrail:StopLogging' },
};

export const updated: ApiCall = { ...mallory, eventName: 'UpdateTrail' };

export function minute(minutes: number, seconds = 0): string {
  return new Date(Date.parse(openedAt) + (minutes * 60 + seconds) * 1000).toISOString();
}
