import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CloudTrailClient,
  CreateTrailCommand,
  type CreateTrailCommandInput,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import type { World } from './world.ts';

/** The management account, and the Region that trailkeeper is deployed to. */
export const home = { accountId: '111122223333', region: 'us-east-1' };

const keyId = '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
const attackersKeyId = '9b3d7e52-0c55-4d0f-8a77-6e2f41d9aa10';

/** An organization with its log bucket and key, and an outsider who has a bucket and a key, too. */
export function newWorld(): World {
  const inHome = (accountId: string) => ({ accountId, region: home.region });
  return {
    organization: {
      managementAccount: home.accountId,
      members: ['222233334444', '333344445555'],
    },
    regions: ['us-east-1', 'eu-central-1'],
    buckets: new Map([
      ['org-trail-logs', { owner: '222233334444', region: home.region }],
      ['attacker-bucket', { owner: '444455556666', region: home.region }],
    ]),
    keys: new Map([
      [keyArn(home.accountId, keyId), { keyId, ...inHome(home.accountId) }],
      [
        keyArn('444455556666', attackersKeyId),
        { keyId: attackersKeyId, ...inHome('444455556666') },
      ],
    ]),
    aliases: new Map([
      [`arn:aws:kms:us-east-1:111122223333:alias/org-trail`, keyArn(home.accountId, keyId)],
    ]),
    trails: new Map(),
    history: [],
  };
}

function keyArn(accountId: string, id: string): string {
  return `arn:aws:kms:${home.region}:${accountId}:key/${id}`;
}

/** An organization trail in which every setting that can differ from its default does. */
const orgTrail: CreateTrailCommandInput = {
  Name: 'org-trail',
  S3BucketName: 'org-trail-logs',
  S3KeyPrefix: 'cloudtrail',
  SnsTopicName: 'org-trail-delivered',
  IsMultiRegionTrail: true,
  EnableLogFileValidation: true,
  CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail:*',
  CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/org-trail-to-cloudwatch-logs',
  KmsKeyId: 'alias/org-trail',
  IsOrganizationTrail: true,
  RecursiveLogging: false,
  TagsList: [{ Key: 'owner', Value: 'security' }],
};

/** Makes the trail and starts its logging, as its owner would; gives its ARN. */
export async function createTrail(endpoint: string): Promise<string> {
  const cloudtrail = new CloudTrailClient({
    endpoint,
    region: home.region,
    credentials: { accessKeyId: home.accountId, secretAccessKey: 'sandbox' },
  });
  const { TrailARN = '' } = await cloudtrail.send(new CreateTrailCommand(orgTrail));
  await cloudtrail.send(new StartLoggingCommand({ Name: TrailARN }));
  return TrailARN;
}

/** Captures a trail's baseline with the product's own command. */
export async function captureTrail(endpoint: string, trail: string, table: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['cli/capture.ts', trail, '--table', table], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: home.region,
      AWS_ACCESS_KEY_ID: home.accountId,
      AWS_SECRET_ACCESS_KEY: 'sandbox',
    },
  });
}
