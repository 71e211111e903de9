import { describe, expect, onTestFinished, test } from 'vitest';
import { cloudtrail, context, create, getTrail, logs, newName, ownTrail } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

const role = context.logRole ?? '';

describe('the log group of a trail and its role [M]', () => {
  test('are returned as they were sent', async () => {
    const pair = await ownPair();

    const { name } = await ownTrail(pair);

    expect(await getTrail(name)).toMatchObject(pair);
  });

  test('are kept if left out and cleared by empty strings [D: stop-cloudtrail-from-sending-events]', async () => {
    const pair = await ownPair();
    const { name: Name } = await ownTrail(pair);

    await cloudtrail.updateTrail({ Name, S3KeyPrefix: 'new' });
    const kept = await getTrail(Name);
    await cloudtrail.updateTrail({
      Name,
      CloudWatchLogsLogGroupArn: '',
      CloudWatchLogsRoleArn: '',
    });

    const { CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn, ...rest } = kept ?? {};
    expect({ CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn }).toEqual(pair);
    expect(await getTrail(Name)).toEqual(rest);
  });

  test('are refused separately, even if the trail has the other one [T: trail.go]', async () => {
    const pair = await ownPair();
    const { name: Name } = await ownTrail(pair);
    const { CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn } = pair;

    await refusal(
      cloudtrail.updateTrail({ Name, CloudWatchLogsLogGroupArn }),
      'InvalidCloudWatchLogsRoleArnException',
    );
    await refusal(
      cloudtrail.updateTrail({ Name, CloudWatchLogsRoleArn }),
      'InvalidCloudWatchLogsLogGroupArnException',
    );
  });
});

describe('a log group is refused [M: InvalidCloudWatchLogsLogGroupArnException]', () => {
  const error = 'InvalidCloudWatchLogsLogGroupArnException';

  test('without the wildcard for its streams [I: hashicorp/terraform-provider-aws#14557]', async () => {
    const { CloudWatchLogsLogGroupArn: arn, ...rest } = await ownPair();

    await refusal(create({ ...rest, CloudWatchLogsLogGroupArn: arn.slice(0, -2) }), error);
  });

  test('of another account [M: "You must use a log group that exists in your account"]', async () => {
    const { CloudWatchLogsLogGroupArn: arn, ...rest } = await ownPair();
    const foreign = arn.replace(context.accountId, '123456789012');

    await refusal(create({ ...rest, CloudWatchLogsLogGroupArn: foreign }), error);
  });

  test('that does not exist [M: "that exists in your account"; U: the error]', async () => {
    await refusal(create(pairOf(newName())), error);
  });

  test('that was deleted while in use, whatever field is updated [U]', async () => {
    const pair = await ownPair();
    const { name } = await ownTrail(pair);
    await logs.deleteLogGroup({
      logGroupName: pair.CloudWatchLogsLogGroupArn.split(':').at(-2) ?? '',
    });

    await refusal(cloudtrail.updateTrail({ Name: name, EnableLogFileValidation: true }), error);
  });
});

describe('a role is refused [M: InvalidCloudWatchLogsRoleArnException]', () => {
  test('of another account', async () => {
    const pair = await ownPair();
    const foreign = role.replace(context.accountId, '123456789012');

    await refusal(
      create({ ...pair, CloudWatchLogsRoleArn: foreign }),
      'InvalidCloudWatchLogsRoleArnException',
    );
  });
});

/** A log group for one test, and the role that was given. */
async function ownPair() {
  const logGroupName = newName();
  await logs.createLogGroup({ logGroupName });
  onTestFinished(async () => {
    await logs.deleteLogGroup({ logGroupName }).catch((error: Error) => {
      if (error.name !== 'ResourceNotFoundException') throw error;
    });
  });
  return pairOf(logGroupName);
}

function pairOf(logGroupName: string) {
  return {
    CloudWatchLogsLogGroupArn: `arn:aws:logs:${context.region}:${context.accountId}:log-group:${logGroupName}:*`,
    CloudWatchLogsRoleArn: role,
  };
}
