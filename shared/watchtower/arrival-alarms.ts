import { formatDuration } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Alarm } from './alarm.ts';
import { digestHours, placeName, type TrailArrivals } from './log-arrivals.ts';

/** In milliseconds. Log files arrive about every five minutes, which is not promised. Source: CloudTrail user guide, "How CloudTrail works". */
const logFileMs = 30 * 60_000;
const digestMs = digestHours * 3_600_000;
/** An account that left or a Region that was disabled raises no alarm after so many milliseconds. */
const forgottenMs = 24 * 3_600_000;

/** What no longer arrives in the bucket of a trail. */
export function arrivalAlarms(trail: string, seen: TrailArrivals, now: Date): readonly Alarm[] {
  const { accountId: account, region } = parseTrailArn(trail);
  const { bucket, since, hasLogFiles, hasDigests, lastLogFile, lastDigests } = seen;
  const age = (last: string | null | undefined) => now.getTime() - Date.parse(last ?? since);
  const home = placeName({ account, region });
  const silent = Object.entries(hasDigests ? seen.silent : {})
    .filter(([place, first]) => place !== home && age(first) <= forgottenMs)
    .map(([place]) => place.replace(' ', ' in '));
  const isHomeSilent = hasDigests && age(lastDigests[home]) > digestMs;
  const remedy = `With credentials of account ${account}: npx --no -- trailkeeper plan ${trail}. The bucket, its policy and its key may also be in another account`;
  const alarm = (kind: string, title: string, severity: Alarm['severity'] = 'critical') => [
    { key: `${kind} ${trail}`, severity, title, remedy },
  ];
  if (seen.problem !== null) return [unlistedAlarm(bucket, seen.problem)];
  return [
    ...(seen.unchecked > 0
      ? alarm(
          'too many places',
          `${bucket} has the log of more accounts and Regions than can be checked: ${seen.unchecked} are left out for ${trail}`,
          'medium',
        )
      : []),
    ...(hasLogFiles && age(lastLogFile) > logFileMs
      ? alarm(
          'no log files',
          `no log file of ${trail} has arrived in ${bucket} for ${formatDuration(age(lastLogFile))}`,
        )
      : []),
    ...(isHomeSilent
      ? alarm(
          'no digest files',
          `no digest file of ${trail} has arrived in ${bucket} for ${formatDuration(age(lastDigests[home]))}`,
        )
      : []),
    ...(!isHomeSilent && silent.length > 0
      ? alarm(
          'fewer digest files',
          `digest files of ${trail} no longer arrive in ${bucket} of ${silent.slice(0, 5).join(', ')}${silent.length > 5 ? ` and ${silent.length - 5} more` : ''}`,
          'high',
        )
      : []),
  ];
}

/** A bucket that cannot be listed. */
const unlistedAlarm = (bucket: string, problem: string): Alarm => ({
  key: `unlisted ${bucket}`,
  severity: 'high',
  title: `it is unknown whether log files arrive in ${bucket}: ${problem}`,
  remedy:
    'If the bucket is in another account, its policy must allow s3:ListBucket to the role Trailkeeper-Watchtower',
});
