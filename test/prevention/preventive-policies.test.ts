import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxPolicySize, preventivePolicies, sizeOf } from '#prevention/preventive-policies.ts';
import { protectedLog } from '#prevention/protected-log.ts';
import { baseline, settings, trail } from '../support/baseline.ts';
import { runs } from '../support/property-runs.ts';

const trailNamed = (name: string, changes: object = {}) => ({
  ...baseline,
  trail: `${trail.arn}-${name}` as const,
  states: { ...baseline.states, settings: { ...settings, ...changes } },
});

describe('the policies of an organization', () => {
  test('fit the quota of AWS and name every resource, however many trails there are', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{3,60}$/), { minLength: 1, maxLength: 12 }),
        (names) => {
          const baselines = names.map((name) => trailNamed(name, { S3BucketName: name }));
          const policies = preventivePolicies(protectedLog(baselines), []).filter(
            ({ resource }) => resource === null,
          );

          expect(policies.filter(({ document }) => sizeOf(document) > maxPolicySize)).toEqual([]);
          const named = policies.flatMap(({ document }) =>
            document.Statement.flatMap(({ Resource }) => Resource),
          );
          expect(named).toEqual(
            expect.arrayContaining(names.map((name) => `arn:aws:s3:::${name}`)),
          );
          const kept = policies.map(({ name }) => name);
          expect(new Set(kept).size).toBe(kept.length);
        },
      ),
      { numRuns: runs(50) },
    );
  });

  test('are left out if no trail is of an organization', () => {
    const own = trailNamed('own', { IsOrganizationTrail: false });

    const types = preventivePolicies(protectedLog([own]), []).map(({ type }) => type);

    expect(new Set(types)).toEqual(new Set(['bucket', 'key']));
  });
});

test('policies of an organization name nothing that is in its management account', () => {
  const log = protectedLog([trailNamed('one')]);
  const inMembers = preventivePolicies(log, []).filter(({ resource }) => resource === null);

  const { KmsKeyId, SnsTopicARN, CloudWatchLogsRoleArn } = settings;
  const text = JSON.stringify(inMembers);
  for (const arn of [KmsKeyId, SnsTopicARN, CloudWatchLogsRoleArn]) expect(text).not.toContain(arn);
});

test('a trail that needs no key and no topic has no statement about them', () => {
  const plain = trailNamed('plain', {
    ...{ KmsKeyId: null, SnsTopicARN: null },
    ...{ CloudWatchLogsLogGroupArn: null, CloudWatchLogsRoleArn: null },
  });

  const actions = preventivePolicies(protectedLog([plain]), []).flatMap(({ document }) =>
    document.Statement.flatMap(({ Action }) => Action),
  );

  expect(actions.filter((action) => /^(kms|sns|logs):/.test(action))).toEqual([]);
});

test('no baseline is an error', () => {
  expect(() => protectedLog([])).toThrow(RangeError);
});
