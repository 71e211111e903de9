import {
  type CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';

/** Creates a trail that also delivers to a log group, given by its ARN, and starts it. */
export async function createTrailWithLogGroup(
  cloudtrail: CloudTrailClient,
  Name: string,
  logGroup: string,
): Promise<void> {
  await cloudtrail.send(
    new CreateTrailCommand({
      Name,
      S3BucketName: 'org-trail-logs',
      CloudWatchLogsLogGroupArn: `${logGroup}:*`,
      CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/org-trail-to-cloudwatch-logs',
    }),
  );
  await cloudtrail.send(new StartLoggingCommand({ Name }));
}
