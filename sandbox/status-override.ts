import * as z from 'zod';
import type { StatusFields } from './cloudtrail/trail-state.ts';
import type { World } from './world.ts';

export type StatusOverride = z.infer<typeof statusOverride>;

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const error = z.string();

/** The body of `/_sandbox/trail-status`: GetTrailStatus fields to override for one trail; null ends the override. */
export const statusOverride = z.strictObject({
  trail: z.string().startsWith('arn:'),
  fields: z
    .strictObject({
      IsLogging: z.boolean(),
      StartLoggingTime: time,
      StopLoggingTime: time,
      LatestDeliveryTime: time,
      LatestDeliveryError: error,
      LatestNotificationTime: time,
      LatestNotificationError: error,
      LatestCloudWatchLogsDeliveryTime: time,
      LatestCloudWatchLogsDeliveryError: error,
      LatestDigestDeliveryTime: time,
      LatestDigestDeliveryError: error,
    })
    .partial()
    .nullable(),
});

export function overrideStatus(
  { statusOverrides }: World,
  { trail, fields }: StatusOverride,
): void {
  if (fields === null) statusOverrides.delete(trail);
  else statusOverrides.set(trail, fields as StatusFields);
}
