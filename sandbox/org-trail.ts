import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CloudTrailClient,
  CreateTrailCommand,
  type CreateTrailCommandInput,
  PutEventConfigurationCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  RegisterOrganizationDelegatedAdminCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { arnPrefix, home } from './home.ts';
import { delegate, topicArn } from './seed.ts';

/** An organization trail whose settings all differ from their defaults if they can. */
const orgTrail: CreateTrailCommandInput = {
  Name: 'org-trail',
  S3BucketName: 'org-trail-logs',
  S3KeyPrefix: 'cloudtrail',
  SnsTopicName: topicArn,
  IsMultiRegionTrail: true,
  EnableLogFileValidation: true,
  CloudWatchLogsLogGroupArn: `${arnPrefix}:logs:${home.region}:${home.accountId}:log-group:org-trail:*`,
  CloudWatchLogsRoleArn: `${arnPrefix}:iam::111122223333:role/org-trail-to-cloudwatch-logs`,
  KmsKeyId: 'alias/org-trail',
  IsOrganizationTrail: true,
  RecursiveLogging: false,
  TagsList: [{ Key: 'owner', Value: 'security' }],
};

/** Creates the trail and starts logging, as its owner would. Returns the trail's ARN. */
export async function createTrail(endpoint: string): Promise<string> {
  const cloudtrail = new CloudTrailClient({
    endpoint,
    region: home.region,
    credentials: { accessKeyId: home.accountId, secretAccessKey: 'sandbox' },
  });
  const { TrailARN = '' } = await cloudtrail.send(new CreateTrailCommand(orgTrail));
  await cloudtrail.send(new StartLoggingCommand({ Name: TrailARN }));
  const TrailName = TrailARN;
  await cloudtrail.send(
    new PutEventSelectorsCommand({
      TrailName,
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources: [{ Type: 'AWS::S3::Object', Values: [`${arnPrefix}:s3`] }],
        },
      ],
    }),
  );
  await cloudtrail.send(
    new PutInsightSelectorsCommand({
      TrailName,
      InsightSelectors: [
        { InsightType: 'ApiCallRateInsight', EventCategories: ['Management', 'Data'] },
        { InsightType: 'ApiErrorRateInsight' },
      ],
    }),
  );
  await cloudtrail.send(
    new PutEventConfigurationCommand({
      TrailName,
      AggregationConfigurations: [
        { EventCategory: 'Data', Templates: ['API_ACTIVITY', 'RESOURCE_ACCESS'] },
      ],
    }),
  );
  await cloudtrail.send(
    new RegisterOrganizationDelegatedAdminCommand({ MemberAccountId: delegate }),
  );
  return TrailARN;
}

/** Runs a CLI command with these environment variables. Throws if the command fails. */
export type Cli = (
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
) => Promise<unknown>;

const cliProcess: Cli = (args, variables) =>
  promisify(execFile)(process.execPath, ['cli/trailkeeper.js', ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ...variables },
  });

/** Captures a trail's baseline with `trailkeeper capture`, which finds the owner of the bucket. */
export async function captureTrail(
  endpoint: string,
  trail: string,
  cli: Cli = cliProcess,
  more: { readonly args?: readonly string[]; readonly variables?: Record<string, string> } = {},
): Promise<void> {
  const command = ['capture', trail, '--reason', 'first capture', '--yes', ...(more.args ?? [])];
  await cli(command, {
    ...more.variables,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: home.region,
    AWS_ACCESS_KEY_ID: home.accountId,
    AWS_SECRET_ACCESS_KEY: 'sandbox',
  });
}
