import { describe, expect, test } from 'vitest';
import { arn, organizationTrail, unknownArn, whole } from '../support/sandbox-trails.ts';
import {
  elsewhere,
  home,
  member,
  sandbox,
  sandboxWithTrail,
  stranger,
  withoutTexts,
} from './world.ts';

// What [M], [D] and the other marks mean is in test/support/sandbox-trails.ts.

// [D] Quotas: five trails a Region, shadow trails included; [I] linz/geostore#1450: the message.
describe('a sixth trail', () => {
  const fill = (made: ReturnType<typeof sandbox>, at = home, input = {}) => {
    for (const Name of ['one', 'two', 'three', 'four', 'five']) {
      made.ask('CreateTrail', { Name, S3BucketName: 'the-logs', ...input }, at);
    }
    return made;
  };
  const sixth = { Name: 'six', S3BucketName: 'the-logs' };

  test('is refused in a Region', () => {
    const { refusal } = fill(sandbox());

    expect(refusal('CreateTrail', sixth)).toMatchObject({
      code: 'MaximumNumberOfTrailsExceededException',
      message: 'User: 111122223333 already has 5 trails in eu-central-1.',
    });
  });

  test('can be created in another Region', () => {
    const { ask } = fill(sandbox());

    expect(ask('CreateTrail', sixth, elsewhere).Name).toBe('six');
  });

  test('is refused in a Region that shadow trails have filled', () => {
    const { refusal } = fill(sandbox(), home, { IsMultiRegionTrail: true });

    expect(refusal('CreateTrail', sixth, elsewhere).code).toBe(
      'MaximumNumberOfTrailsExceededException',
    );
  });

  test('is refused if its shadow trail has no room', () => {
    const { refusal } = fill(sandbox(), elsewhere);

    expect(refusal('CreateTrail', { ...sixth, IsMultiRegionTrail: true }).message).toBe(
      'User: 111122223333 already has 5 trails in us-east-1.',
    );
  });

  test('is refused in a member account if the organization trail is one of its five', () => {
    const made = sandboxWithTrail(organizationTrail);
    for (const Name of ['one', 'two', 'three', 'four']) {
      made.ask('CreateTrail', { ...sixth, Name }, member);
    }

    expect(made.refusal('CreateTrail', sixth, member).code).toBe(
      'MaximumNumberOfTrailsExceededException',
    );
  });

  test('is accepted after another one was deleted', () => {
    const { ask } = fill(sandbox());

    ask('DeleteTrail', { Name: 'one' });

    expect(ask('CreateTrail', sixth).Name).toBe('six');
  });
});

// [M] GetTrailStatus: the most recent start and stop; [U] a call that changes nothing.
describe('logging', () => {
  const [noon, one, two] = [12, 13, 14].map((hour) => new Date(Date.UTC(2026, 0, 1, hour)));

  test('that is started has the time of the call', () => {
    const { ask } = sandboxWithTrail();

    expect(ask('StartLogging', { Name: 'main' }, home, noon)).toStrictEqual({});

    expect(withoutTexts(ask('GetTrailStatus', { Name: 'main' }, home, one))).toStrictEqual({
      IsLogging: true,
      StartLoggingTime: noon,
      LatestDeliveryTime: one,
    });
  });

  test('that is stopped keeps its start time', () => {
    const { ask } = sandboxWithTrail();

    ask('StartLogging', { Name: 'main' }, home, noon);
    ask('StopLogging', { Name: 'main' }, home, one);

    expect(withoutTexts(ask('GetTrailStatus', { Name: 'main' }, home, two))).toStrictEqual({
      IsLogging: false,
      StartLoggingTime: noon,
      StopLoggingTime: one,
      LatestDeliveryTime: one,
    });
  });

  test('that is started again keeps its stop time', () => {
    const { ask } = sandboxWithTrail();

    ask('StartLogging', { Name: 'main' }, home, noon);
    ask('StopLogging', { Name: 'main' }, home, one);
    ask('StartLogging', { Name: 'main' }, home, two);

    expect(withoutTexts(ask('GetTrailStatus', { Name: 'main' }, home, two))).toStrictEqual({
      IsLogging: true,
      StartLoggingTime: two,
      StopLoggingTime: one,
      LatestDeliveryTime: two,
    });
  });

  test('that is on keeps its start time when started again', () => {
    const { ask } = sandboxWithTrail();

    ask('StartLogging', { Name: 'main' }, home, noon);
    ask('StartLogging', { Name: 'main' }, home, one);

    expect(ask('GetTrailStatus', { Name: 'main' }).StartLoggingTime).toBe(noon);
  });
});

// [M] DeleteTrail; [T] everything about the trail is deleted.
describe('a deleted trail', () => {
  test('disappears from every Region and member account', () => {
    const { ask, refusal } = sandboxWithTrail(organizationTrail);

    expect(ask('DeleteTrail', { Name: 'main' })).toStrictEqual({});

    expect(refusal('GetTrail', { Name: arn }).code).toBe('TrailNotFoundException');
    expect(ask('DescribeTrails', {}, elsewhere).trailList).toStrictEqual([]);
    expect(ask('DescribeTrails', {}, member).trailList).toStrictEqual([]);
  });

  test('has no logging and no tags when recreated under the same ARN', () => {
    const { ask } = sandboxWithTrail({ TagsList: [{ Key: 'owner' }] });
    ask('StartLogging', { Name: 'main' });
    ask('DeleteTrail', { Name: 'main' });

    expect(ask('CreateTrail', { Name: 'main', S3BucketName: 'the-logs' }).TrailARN).toBe(arn);

    expect(ask('GetTrailStatus', { Name: 'main' }).IsLogging).toBe(false);
    expect(ask('ListTags', { ResourceIdList: [arn] }).ResourceTagList?.[0]?.TagsList).toStrictEqual(
      [],
    );
  });
});

// [M] DescribeTrails and ListTrails.
describe('a list of trails', () => {
  const threeTrails = () => {
    const made = sandboxWithTrail({ IsMultiRegionTrail: true });
    made.ask('CreateTrail', { Name: 'local', S3BucketName: 'the-logs' });
    made.ask('CreateTrail', { Name: 'distant', S3BucketName: 'the-logs' }, elsewhere);
    return made;
  };
  const distantArn = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/distant';

  test('contains the trails of the Region and the shadow trails of others', () => {
    const { ask } = threeTrails();

    const { trailList } = ask('DescribeTrails', {}, elsewhere);

    expect(trailList?.map(({ Name }) => Name)).toStrictEqual(['main', 'distant']);
  });

  test('contains no shadow trails if they are excluded', () => {
    const { ask } = threeTrails();

    const { trailList } = ask('DescribeTrails', { includeShadowTrails: false }, elsewhere);

    expect(trailList?.map(({ Name }) => Name)).toStrictEqual(['distant']);
  });

  test('contains no organization trail in a member account if shadow trails are excluded', () => {
    const { ask } = sandboxWithTrail(organizationTrail);

    expect(ask('DescribeTrails', { includeShadowTrails: false }, member).trailList).toStrictEqual(
      [],
    );
  });

  test('accepts names of the Region and all ARNs, and skips unknown ones', () => {
    const { ask } = threeTrails();

    const { trailList } = ask('DescribeTrails', {
      trailNameList: ['local', 'distant', distantArn, 'gone', unknownArn],
    });

    expect(trailList?.map(({ Name }) => Name)).toStrictEqual(['local', 'distant']);
  });

  test('contains a single-Region trail of another Region by ARN, not as a shadow trail', () => {
    const { ask } = threeTrails();
    const input = { trailNameList: [arn, distantArn], includeShadowTrails: false };

    expect(ask('DescribeTrails', input).trailList).toHaveLength(2);
    expect(ask('DescribeTrails', input, elsewhere).trailList).toHaveLength(1);
  });

  test('describes a trail as GetTrail does', () => {
    const { ask } = sandboxWithTrail(whole);

    expect(ask('DescribeTrails', { trailNameList: [] }).trailList).toStrictEqual([
      ask('GetTrail', { Name: 'main' }).Trail,
    ]);
  });

  test('refuses a value that is not a name or an ARN of the account', () => {
    const { refusal } = threeTrails();

    expect(refusal('DescribeTrails', { trailNameList: ['-x-'] }).code).toBe(
      'InvalidTrailNameException',
    );
    expect(refusal('DescribeTrails', { trailNameList: [arn] }, stranger).code).toBe(
      'CloudTrailARNInvalidException',
    );
  });

  test('by ListTrails contains each trail once, in every Region', () => {
    const { ask } = threeTrails();

    expect(ask('ListTrails', {}, elsewhere).Trails).toStrictEqual([
      { TrailARN: arn, Name: 'main', HomeRegion: 'eu-central-1' },
      {
        TrailARN: 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/local',
        Name: 'local',
        HomeRegion: 'eu-central-1',
      },
      { TrailARN: distantArn, Name: 'distant', HomeRegion: 'us-east-1' },
    ]);
  });
});
