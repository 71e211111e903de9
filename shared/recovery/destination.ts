import type { RecoverConfig } from './recover-config.ts';
import type { Recovery } from './recovery.ts';

/** Throws an error if a recovery would write elsewhere than configured, or among the files of the trail. */
export function checkDestination(
  { bucket, prefix, log }: Pick<Recovery, 'bucket' | 'prefix' | 'log'>,
  allowed: Pick<RecoverConfig, 'bucket' | 'prefix'>,
): void {
  const isInside = prefix === allowed.prefix || prefix.startsWith(`${allowed.prefix}/`);
  if (bucket !== allowed.bucket || !isInside) {
    throw new DestinationError(
      `s3://${bucket}/${prefix} is not in s3://${allowed.bucket}/${allowed.prefix}, the only place that recovery may write to: change recovery in cdk.json and deploy`,
    );
  }
  const own = log.prefix === null ? '' : `${log.prefix}/`;
  if (
    bucket === log.bucket &&
    (`${prefix}/` === own || `${prefix}/`.startsWith(`${own}AWSLogs/`))
  ) {
    throw new DestinationError(
      `s3://${bucket}/${prefix} is where the trail delivers to: choose another prefix`,
    );
  }
}

export class DestinationError extends Error {
  override readonly name = 'DestinationError' as const;
}
