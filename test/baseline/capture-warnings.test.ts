import { describe, expect, test } from 'vitest';
import { captureWarnings } from '#baseline/capture-warnings.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

const own = '111122223333';
const archive = '222233334444';
const { arn: trail } = parseTrailArn(`arn:aws:cloudtrail:us-east-1:${own}:trail/org-trail`);
const KmsKeyId = `arn:aws:kms:us-east-1:${archive}:key/0a1b2c3d-0000-4000-8000-000000000001`;
const SnsTopicARN = `arn:aws:sns:us-east-1:${own}:org-logs`;

describe('a dependency that the caller may not read', () => {
  const warningsIf = (dependencyAccounts: readonly string[], kept: object = {}) =>
    captureWarnings({
      ...{ trail, landingZone: null, dependencyAccounts },
      states: {
        settings: { S3BucketName: 'org-trail-logs', KmsKeyId, SnsTopicARN },
        bucket: { Owner: archive, CloudTrailStatements: null, Versioning: null },
        key: { KeyState: null },
        topic: { Existence: 'there', Tags: [] },
        ...kept,
      },
      live: {
        bucket: { Owner: archive, CloudTrailStatements: 'not readable' },
        key: { KeyState: 'not readable' },
        topic: { Existence: 'there', Tags: [] },
      },
    });

  test('is warned about with all steps if its account is not in dependencyAccounts', () => {
    const [warning, ...others] = warningsIf(['333344445555']);

    expect(others).toEqual([]);
    expect(warning).toContain(`bucket org-trail-logs, key ${KmsKeyId}, of account ${archive}`);
    expect(warning).toContain('add the account to dependencyAccounts in cdk.json');
    expect(warning).toContain(`deploy --dependencies ${archive}`);
    expect(warning).toContain('--dependency-profile');
  });

  test('is warned about with the last step alone if its account is in dependencyAccounts', () => {
    const [warning] = warningsIf([archive]);

    expect(warning).toContain('bucket org-trail-logs');
    expect(warning).toContain(`--dependency-profile, a profile of account ${archive}`);
    expect(warning).not.toMatch(/cdk\.json|deploy/);
  });

  test('is not warned about if the version before has it', () => {
    const key = { KeyState: 'Enabled' };
    const bucket = { Owner: archive, CloudTrailStatements: [], Versioning: 'Enabled' };

    expect(warningsIf([archive], { key, bucket })).toEqual([]);
  });

  test('of the own account is warned about with the permissions', () => {
    const [warning] = captureWarnings({
      ...{ trail, landingZone: null, dependencyAccounts: [archive] },
      states: { settings: { SnsTopicARN }, topic: { Existence: null } },
      live: { topic: { Existence: 'not readable' } },
    });

    expect(warning).toContain(`topic ${SnsTopicARN}, of account ${own}`);
    expect(warning).toContain('docs/cli.md');
    expect(warning).not.toContain('--dependency-profile');
  });
});
