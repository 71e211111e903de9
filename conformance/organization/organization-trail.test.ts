import { describe, expect, test } from 'vitest';
import { allowCloudTrailWrites } from '../bucket.ts';
import {
  cloudtrail,
  context,
  getTrail,
  organizations,
  ownBucket,
  ownTrail,
  s3,
} from '../fixtures.ts';
import { refusal } from '../refusal.ts';

describe('an organization trail in the management account [M: IsOrganizationTrail]', () => {
  test('has IsOrganizationTrail set and an ordinary ARN [D]', async () => {
    const { name, arn } = await ownTrail({ IsOrganizationTrail: true });

    expect(await getTrail(name)).toMatchObject({ TrailARN: arn, IsOrganizationTrail: true });
  });

  // [D] "Amazon S3 bucket policy for CloudTrail", organization trails; [I] aws/aws-cdk#22267.
  test('needs a bucket that allows CloudTrail to write under the organization ID', async () => {
    const { Organization } = await organizations.describeOrganization({});
    const bucket = await ownBucket({ bare: true });
    const letIn = (...ids: (string | undefined)[]) =>
      allowCloudTrailWrites(s3, bucket, { ...context, paths: ids.map((id) => `AWSLogs/${id}/*`) });
    await letIn(context.accountId);
    const { name: Name } = await ownTrail({ S3BucketName: bucket });

    await refusal(
      cloudtrail.updateTrail({ Name, IsOrganizationTrail: true }),
      'InsufficientS3BucketPolicyException',
    );
    await letIn(context.accountId, Organization?.Id);
    await cloudtrail.updateTrail({ Name, IsOrganizationTrail: true });

    expect(await getTrail(Name)).toMatchObject({ IsOrganizationTrail: true });
  });

  test('can become an account trail and an organization trail again', async () => {
    const { name: Name } = await ownTrail({ IsOrganizationTrail: true });
    const before = await getTrail(Name);

    await cloudtrail.updateTrail({ Name, IsOrganizationTrail: false });
    const between = await getTrail(Name);
    await cloudtrail.updateTrail({ Name, IsOrganizationTrail: true });

    expect(between).toEqual({ ...before, IsOrganizationTrail: false });
    expect(await getTrail(Name)).toEqual(before);
  });

  test('stays an organization trail when another field is updated', async () => {
    const { name: Name } = await ownTrail({ IsOrganizationTrail: true });

    await cloudtrail.updateTrail({ Name, S3KeyPrefix: 'new' });

    expect(await getTrail(Name)).toMatchObject({ IsOrganizationTrail: true, S3KeyPrefix: 'new' });
  });
});
