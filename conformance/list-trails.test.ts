import { describe, expect, test } from 'vitest';
import {
  cloudtrail,
  context,
  elsewhere,
  eventually,
  getTrail,
  newName,
  ownTrail,
  sharedTrail,
  trailArn,
} from './fixtures.ts';
import { refusal } from './refusal.ts';
import { trailsOf } from './trails.ts';

const local = sharedTrail();
const multi = sharedTrail({ IsMultiRegionTrail: true });

describe('DescribeTrails [M]', () => {
  test('describes the trails of the Region as GetTrail does', async () => {
    const all = await describeTrails();

    expect(all.find(({ TrailARN }) => TrailARN === local.arn)).toEqual(await getTrail(local.arn));
    expect(all.find(({ TrailARN }) => TrailARN === multi.arn)).toEqual(await getTrail(multi.arn));
  });

  test('describes all of them for an empty list', async () => {
    const all = await describeTrails();

    expect(await describeTrails({ trailNameList: [] })).toEqual(all);
  });

  test('accepts names of the Region and ARNs', async () => {
    const found = await describeTrails({ trailNameList: [local.name, multi.arn] });

    expect(arns(found)).toEqual(new Set([local.arn, multi.arn]));
  });

  test('skips trails that do not exist', async () => {
    const gone = newName();

    expect(await describeTrails({ trailNameList: [gone, trailArn(gone)] })).toEqual([]);
  });

  test('refuses an invalid name', async () => {
    await refusal(
      cloudtrail.describeTrails({ trailNameList: ['-x-'] }),
      'InvalidTrailNameException',
    );
  });

  test('describes shadow trails of other Regions by default', async () => {
    await eventually(async () =>
      expect(arns(await describeTrails({}, elsewhere.cloudtrail))).toContain(multi.arn),
    );
    const own = await describeTrails({ includeShadowTrails: false }, elsewhere.cloudtrail);

    expect(arns(await describeTrails({}, elsewhere.cloudtrail))).not.toContain(local.arn);
    expect(arns(own)).not.toContain(multi.arn);
  });

  test('does not find a trail of another Region by name', async () => {
    const input = { trailNameList: [local.name, multi.name] };

    expect(await describeTrails(input, elsewhere.cloudtrail)).toEqual([]);
  });
});

describe('ListTrails [M]', () => {
  test.each([
    ['home', cloudtrail],
    ['another Region', elsewhere.cloudtrail],
  ])('lists each trail of the account once, called from %s', async (_place, client) => {
    const { arn, name } = await ownTrail();
    const trails = await trailsOf(client);

    for (const trail of [local, multi, { arn, name }]) {
      expect(trails.filter(({ TrailARN }) => TrailARN === trail.arn)).toEqual([
        { TrailARN: trail.arn, Name: trail.name, HomeRegion: context.region },
      ]);
    }
  });
});

async function describeTrails(input = {}, client = cloudtrail) {
  return (await client.describeTrails(input)).trailList ?? [];
}

function arns(trails: Awaited<ReturnType<typeof describeTrails>>) {
  return new Set(trails.map(({ TrailARN }) => TrailARN));
}
