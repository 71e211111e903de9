import { describe, expect, test } from 'vitest';
import { captureWarnings } from '#baseline/capture-warnings.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

const archive = '222233334444';
const { arn: trail } = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail');

describe('a bucket of another account whose policy the caller may not read', () => {
  const warningsIf = (dependencyAccounts: readonly string[]) =>
    captureWarnings({
      ...{ trail, landingZone: null, dependencyAccounts },
      states: {
        settings: { S3BucketName: 'org-trail-logs' },
        bucket: { Owner: archive, CloudTrailStatements: null },
      },
      live: { bucket: { Owner: archive, CloudTrailStatements: 'not readable' } },
    });

  test('is warned about with all steps if its account is not in dependencyAccounts', () => {
    const [warning] = warningsIf(['333344445555']);

    expect(warning).toContain('bucket org-trail-logs are not protected');
    expect(warning).toContain('add it to dependencyAccounts in cdk.json');
    expect(warning).toContain(`deploy --dependencies ${archive}`);
    expect(warning).toContain('--dependency-profile');
  });

  test('is warned about with the last step alone if its account is in dependencyAccounts', () => {
    const [warning] = warningsIf([archive]);

    expect(warning).toContain('bucket org-trail-logs are not protected');
    expect(warning).toContain(`--dependency-profile, a profile of account ${archive}`);
    expect(warning).not.toMatch(/cdk\.json|deploy/);
  });
});
