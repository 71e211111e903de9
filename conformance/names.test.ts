import { describe, expect, test } from 'vitest';
import { cloudtrail, context, create, newName, sharedTrail, trailArn } from './fixtures.ts';
import { reads, writes } from './operations.ts';
import { refusal } from './refusal.ts';

const own = sharedTrail();
const operations = Object.entries({ ...reads, ...writes });

describe('a trail name [M: CreateTrail Name, InvalidTrailNameException]', () => {
  test.each([
    ['is not blank', ''],
    ['is not shorter than 3 characters', 'ab'],
    ['is not longer than 128 characters', newName().padEnd(129, 'x')],
    ['does not start with a dash', `-${newName()}`],
    ['does not end with a dash', `${newName()}-`],
    ['contains no other characters', `${newName()}#`],
    ['has no adjacent punctuation', `${newName()}-_x`],
    ['is not an IP address', '192.168.5.4'],
    ['is not an ARN in CreateTrail', trailArn(newName())],
  ])('%s', async (_rule, Name) => {
    await refusal(create({ Name }), 'InvalidTrailNameException');
  });

  test.each([
    ['128 characters', newName().padEnd(128, 'x')],
    ['periods, underscores and capitals', `${newName()}.A_b`],
  ])('can have %s', async (_case, Name) => {
    expect((await create({ Name })).TrailARN).toBe(trailArn(Name));
  });

  test.each(operations)('that is invalid is refused: %s', async (_operation, ask) => {
    await refusal(ask(cloudtrail, '-x-'), 'InvalidTrailNameException');
  });
});

describe('a trail that does not exist [M: TrailNotFoundException]', () => {
  test.each(operations)('is not found by name: %s', async (_operation, ask) => {
    await refusal(ask(cloudtrail, newName()), 'TrailNotFoundException');
  });

  test.each(operations)('is not found by ARN: %s', async (_operation, ask) => {
    await refusal(ask(cloudtrail, trailArn(newName())), 'TrailNotFoundException');
  });

  test('is named by its ARN in the error [S 04]', async () => {
    const name = newName();

    const { message } = await refusal(
      cloudtrail.stopLogging({ Name: name }),
      'TrailNotFoundException',
    );

    expect(message).toBe(`Unknown trail: ${trailArn(name)} for the user: ${context.accountId}`);
  });
});

describe('a trail [M: Name, "the name or the CloudTrail ARN of the trail"]', () => {
  test.each([
    ['GetTrail', reads.GetTrail],
    ['GetTrailStatus', reads.GetTrailStatus],
    ['GetEventSelectors', reads.GetEventSelectors],
    ['GetEventConfiguration', reads.GetEventConfiguration],
  ])('is read by name and by ARN: %s', async (_operation, ask) => {
    const withoutMetadata = { $metadata: undefined };
    const byName = { ...Object(await ask?.(cloudtrail, own.name)), ...withoutMetadata };

    expect({ ...Object(await ask?.(cloudtrail, own.arn)), ...withoutMetadata }).toEqual(byName);
  });
});

describe('a trail ARN [M: CloudTrailARNInvalidException]', () => {
  test.each([
    ['without its type', own.arn.replace('trail/', '')],
    ['with a short account ID', own.arn.replace(context.accountId, '1111')],
    ['of an event data store', own.arn.replace(':trail/', ':eventdatastore/')],
    ['of another service', `arn:aws:s3:::${context.bucket}`],
  ])('%s is refused', async (_case, arn) => {
    await refusal(cloudtrail.getTrail({ Name: arn }), 'CloudTrailARNInvalidException');
    await refusal(cloudtrail.stopLogging({ Name: arn }), 'CloudTrailARNInvalidException');
  });

  test('of another account is refused [I: turbot/steampipe-plugin-aws#577]', async () => {
    const foreign = own.arn.replace(context.accountId, '123456789012');

    const { message } = await refusal(
      cloudtrail.getTrail({ Name: foreign }),
      'CloudTrailARNInvalidException',
    );

    expect(message).toContain('AccountID in ARN is wrong');
  });
});
