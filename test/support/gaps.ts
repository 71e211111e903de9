import fc from 'fast-check';
import { kinds } from '#drift/index.ts';
import { type Gap, reconstructHistory } from '#gaps/gap.ts';
import type { ReplayInput } from '#gaps/history.ts';
import type { Finding } from '#reconcile/plan.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { settings, trail } from './baseline.ts';
import { secondsOf } from './brief-gaps.ts';
import { call, findingsWith, historyOf, window } from './recorded-calls.ts';

export const past = (
  calls: readonly RecordedCall[],
  rest: Partial<ReplayInput> = {},
  found: readonly Gap[] = [],
) => reconstructHistory(historyOf(calls, rest), kinds, found);

export const gapsOf = (calls: readonly RecordedCall[], rest: Partial<ReplayInput> = {}) =>
  past(calls, rest).gaps;

export const length = secondsOf(window.to);
export const seconds = fc.integer({ min: 0, max: length });
export const patches: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom(
    { s3BucketName: 'theirs' },
    { s3BucketName: settings.S3BucketName },
    { s3KeyPrefix: '' },
    { kmsKeyId: 'alias/theirs' },
    { isMultiRegionTrail: false, includeGlobalServiceEvents: false },
    { isMultiRegionTrail: true, includeGlobalServiceEvents: true },
    { cloudWatchLogsLogGroupArn: '', cloudWatchLogsRoleArn: '' },
    { cloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/theirs' },
  ),
  fc.record({ enableLogFileValidation: fc.boolean(), isOrganizationTrail: fc.boolean() }),
);

export const recorded: fc.Arbitrary<RecordedCall> = fc
  .record({
    seconds: fc.oneof(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 9 }), seconds),
    selfTriggered: fc.boolean(),
    error: fc.option(fc.constant('AccessDenied'), { nil: undefined, freq: 5 }),
    id: fc.uuid(),
    what: fc.oneof(
      fc
        .constantFrom('StopLogging', 'StartLogging', 'DeleteTrail')
        .map((eventName) => ({ eventName })),
      patches.map((patch) => ({
        eventName: 'UpdateTrail',
        parameters: { name: trail.arn, ...patch },
      })),
      fc.constantFrom(
        { eventName: 'CreateTrail', parameters: { name: trail.name, s3BucketName: 'the-logs' } },
        { eventName: 'PutEventSelectors', parameters: { omitted: true } },
        { eventName: 'PutEventSelectors', parameters: selecting([]) },
        { eventName: 'PutInsightSelectors', parameters: { insightSelectors: [] } },
        { eventName: 'UpdateTrail', parameters: { omitted: true } },
      ),
    ),
  })
  .map(({ what, error, ...rest }) => call({ ...rest, ...(error && { error }), ...what }));

/** The trail as it is now, at the end of the window. */
export const now = (findings: readonly Finding[]) => ({
  present: { findings: findingsWith(findings), isInWindow: true },
});

/** The input of PutEventSelectors, with the field names of records. */
export function selecting(selectors: readonly object[]): object {
  const lower = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(lower);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        `${key.charAt(0).toLowerCase()}${key.slice(1)}`,
        lower(item),
      ]),
    );
  };
  return { trailName: trail.arn, advancedEventSelectors: lower(selectors) };
}
