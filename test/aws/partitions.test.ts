import { partition as sdkPartition } from '@aws-sdk/core/client';
import { describe, expect, test } from 'vitest';
import { isRegion, partitionOf, partitions, recordedIn } from '#aws/partitions.ts';

describe.each(partitions)(
  'partition $name',
  ({ name, dnsSuffix, regions, recordedIn: services }) => {
    test('has the name and DNS suffix that the SDK has for each Region', () => {
      for (const region of regions) {
        expect(sdkPartition(region), region).toMatchObject({ name, dnsSuffix });
        // The SDK has a description only for Regions that it lists.
        expect(sdkPartition(region), region).toHaveProperty('description');
      }
    });

    test('records calls to global services in its own Regions', () => {
      expect(regions).toEqual(expect.arrayContaining(Object.values(services)));
    });

    test('has Regions with valid names', () => {
      expect(regions.filter((region) => !isRegion(region))).toEqual([]);
    });
  },
);

test.each([
  ['iam', 'eu-west-1', 'us-east-1'],
  ['organizations', 'eu-west-1', 'us-east-1'],
  ['iam', 'us-gov-east-1', 'us-gov-west-1'],
  ['organizations', 'us-gov-east-1', 'us-gov-west-1'],
  ['iam', 'cn-northwest-1', 'cn-north-1'],
  ['organizations', 'cn-north-1', 'cn-northwest-1'],
  ['iam', 'eusc-de-east-1', 'eusc-de-east-1'],
  ['organizations', 'us-iso-west-1', 'us-iso-east-1'],
] as const)('calls to %s of an account in %s are recorded in %s', (service, region, recorded) => {
  expect(recordedIn(service, region)).toBe(recorded);
});

test('every partition and Region of the SDK is known', async () => {
  // The SDK exports a function for one Region but not its list.
  const list =
    '../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
  const { partitionsInfo } = await import(new URL(list, import.meta.url).href);

  const known = (partitionsInfo.partitions as SdkPartition[]).map(
    ({ id, regions }) => [id, Object.keys(regions).filter(isRegion).toSorted()] as const,
  );
  const ours = partitions.map(({ name, regions }) => [name, regions.toSorted()] as const);

  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(known));
});

type SdkPartition = { readonly id: string; readonly regions: Readonly<Record<string, object>> };

test('no Region belongs to two partitions', () => {
  const all = partitions.flatMap(({ regions }) => regions);

  expect(new Set(all).size).toBe(all.length);
  for (const { name, regions } of partitions) {
    for (const region of regions) expect(partitionOf(region)).toBe(name);
  }
});
