import type { ReplayInput } from '#gaps/history.ts';
import type { Finding } from '#reconcile/plan.ts';
import { type RecordedCall, readRecord } from '#trail/recorded-call.ts';
import { states, trail } from './baseline.ts';

/** The window of these tests: an hour and a half. */
export const window = { from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T11:30:00.000Z' };

/** A time in the window, in seconds after its start. */
export const at = (seconds: number): string =>
  new Date(Date.parse(window.from) + seconds * 1000).toISOString();

export const reconcileRole = 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile';

export type Record = {
  readonly seconds: number;
  readonly eventName: string;
  readonly parameters?: object | null;
  readonly response?: object | null;
  readonly selfTriggered?: boolean;
  readonly error?: string;
  readonly id?: string;
  readonly eventSource?: string;
};

let ids = 0;

/** A call by mallory or trailkeeper, parsed from a CloudTrail record. */
export function call({
  seconds,
  eventName,
  selfTriggered = false,
  ...given
}: Record): RecordedCall {
  ids += 1;
  const record = {
    eventID: given.id ?? `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`,
    eventTime: at(seconds).replace('.000Z', 'Z'),
    eventName,
    eventSource: given.eventSource ?? 'cloudtrail.amazonaws.com',
    awsRegion: trail.region,
    sourceIPAddress: '198.51.100.23',
    ...(given.error && { errorCode: given.error, errorMessage: 'no' }),
    userIdentity: selfTriggered
      ? {
          type: 'AssumedRole',
          arn: 'arn:aws:sts::111122223333:assumed-role/Trailkeeper-Reconcile/Trailkeeper-Sweep',
          sessionContext: {
            sessionIssuer: { userName: 'Trailkeeper-Reconcile', arn: reconcileRole },
          },
        }
      : { type: 'IAMUser', userName: 'mallory', arn: 'arn:aws:iam::111122223333:user/mallory' },
    requestParameters: given.parameters === undefined ? { name: trail.arn } : given.parameters,
    responseElements: given.response ?? null,
  };
  const read = readRecord(record);
  return { ...read, cause: { ...read.cause, selfTriggered } };
}

export const stop = (seconds: number, rest: Partial<Record> = {}): RecordedCall =>
  call({ seconds, eventName: 'StopLogging', ...rest });
export const start = (seconds: number, rest: Partial<Record> = {}): RecordedCall =>
  call({ seconds, eventName: 'StartLogging', ...rest });
export const update = (seconds: number, patch: object, rest: Partial<Record> = {}): RecordedCall =>
  call({ seconds, eventName: 'UpdateTrail', parameters: { name: trail.arn, ...patch }, ...rest });

export const historyOf = (
  calls: readonly RecordedCall[],
  rest: Partial<ReplayInput> = {},
): ReplayInput => ({ trail, states, policy: {}, calls, window, ...rest });

/** These drifted findings, and every other kind in sync. */
export const findingsWith = (findings: readonly Finding[] = []): readonly Finding[] => [
  ...findings,
  ...Object.keys(states)
    .filter((kind) => findings.every((finding) => finding.kind !== kind))
    .map((kind): Finding => ({ kind, status: 'in-sync' })),
];

/** A finding for one drifted field. An empty path means that the trail is missing. */
export const drifted = (
  kind: string,
  path: string,
  desired: unknown,
  actual: unknown,
): Finding => ({
  kind,
  status: 'drifted',
  changes: [
    {
      path,
      desired: desired as null,
      actual: actual as null,
      impact: { description: 'worse', severity: 'critical', losesCoverage: true },
      treatment: 'restore',
    },
  ],
  steps: [],
});
