import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { names } from '#aws/resource-names.ts';
import { type LogBucket, logBucket } from '#log-files/log-bucket.ts';
import { type RecoveryBucket, recoveryBucket } from '#recovery/bucket.ts';
import { output, outputsOf, StackError } from '../stack.ts';

/** The deployed recovery, with the caller's credentials. */
export type DeployedRecovery = {
  readonly client: SFNClient;
  readonly stateMachine: string;
  readonly bucket: string;
  readonly prefix: string;
};

/** Throws `StackError` if recovery is not deployed. */
export async function deployedRecovery(): Promise<DeployedRecovery> {
  const outputs = await outputsOf(names.recovery).catch((cause: unknown) => {
    if (!(cause instanceof StackError)) throw cause;
    throw new StackError(
      `recovery is not deployed: add recovery to cdk.json and run npx --no -- trailkeeper deploy. ${cause.message}`,
      { cause },
    );
  });
  return {
    client: new SFNClient(),
    stateMachine: output(outputs, 'StateMachineArn'),
    bucket: output(outputs, 'Bucket'),
    prefix: output(outputs, 'Prefix'),
  };
}

/** The objects of a bucket of recoveries, and the log files among them. */
export function openBucket(name: string): {
  readonly bucket: RecoveryBucket;
  readonly files: LogBucket;
} {
  const client = new S3Client({ followRegionRedirects: true });
  return { bucket: recoveryBucket(client, name), files: logBucket(client, name) };
}
