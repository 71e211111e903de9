import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';
import type { Storm } from './storm.ts';

/** The trail logs, so that a call that starts logging sets only what the baseline says. */
export const noOps = (record: CloudTrailRecord): CloudTrailRecord => ({
  ...record,
  eventName: 'StartLogging',
});

/** By a hundred callers, who may not stop the trail. */
export const failures = (record: CloudTrailRecord, i: number): CloudTrailRecord => ({
  ...record,
  eventName: 'StopLogging',
  ...{ errorCode: 'AccessDenied', errorMessage: 'no' },
  userIdentity: { type: 'IAMUser', userName: `user-${i % 100}` },
});

/** Their change was reverted before it could be observed. */
export const changes = (record: CloudTrailRecord): CloudTrailRecord => ({
  ...record,
  eventName: 'UpdateTrail',
  requestParameters: { name: 'org-trail', isMultiRegionTrail: false },
});

/** First a call like the one that stops the trail, by the same caller. */
export const rehearsed = (record: CloudTrailRecord, i: number): CloudTrailRecord =>
  i > 0
    ? noOps(record)
    : {
        ...record,
        eventName: 'StopLogging',
        userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/mallory' },
      };

/** Ten thousand calls in a hundred seconds, and one in the middle that stops the trail. */
export const storm: Storm = {
  ...{ events: 10_000, lastsMs: 100_000, stoppedAt: 50_000, processes: 1 },
  ...{ delayMs: 3000, lagMs: 0 },
  flood: noOps,
};
