import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, inject, test } from 'vitest';
import {
  asLists,
  idOf,
  mainTemplateIn,
  type Properties,
  propertiesOf,
  type Stack,
  stacksIn,
} from './app.ts';

// Resources that keep data, and their protection from loss.

const { observe, everything, observeWithEverything, givenSecrets } = inject('cdkOut');
const shipped = mainTemplateIn(observe);
const whole = mainTemplateIn(everything);
const stacks: readonly Stack[] = [...stacksIn(observe), ...stacksIn(everything)];
/** Retained when the stack is deleted or updated; deleted only if the creation of the stack is rolled back. */
const retained = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

describe('the table', () => {
  test('is retained', () => {
    for (const template of [shipped, whole]) {
      template.allResources('AWS::DynamoDB::Table', retained);
    }
  });

  test('has a name, so that a new stack can take it over', () => {
    for (const template of [shipped, whole]) {
      template.hasResourceProperties('AWS::DynamoDB::Table', {
        TableName: 'Trailkeeper-State',
      });
    }
  });

  test('has point-in-time recovery', () => {
    for (const template of [shipped, whole]) {
      template.allResourcesProperties('AWS::DynamoDB::Table', {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
  });

  test('is protected from deletion in mode enforce', () => {
    whole.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
  });

  test('loses only rows that name when they expire', () => {
    for (const template of [shipped, whole]) {
      template.allResourcesProperties('AWS::DynamoDB::Table', {
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      });
    }
  });

  test('is encrypted with a key of AWS, which cannot be disabled', () => {
    for (const template of [shipped, whole]) {
      template.hasResourceProperties('AWS::DynamoDB::Table', {
        SSESpecification: { SSEEnabled: false },
      });
    }
  });
});

test('the log of a function is retained, and its events expire', () => {
  for (const template of [shipped, whole]) {
    template.allResources('AWS::Logs::LogGroup', {
      ...retained,
      Properties: { RetentionInDays: 365 },
    });
    const logs = propertiesOf(template, 'AWS::Lambda::Function').map(
      ({ LoggingConfig }) => LoggingConfig.LogGroup.Ref,
    );
    expect(logs.toSorted()).toEqual(
      Object.keys(template.findResources('AWS::Logs::LogGroup')).toSorted(),
    );
  }
});

describe('the dead-letter queue', () => {
  test('keeps messages for two weeks, encrypted, with the same name everywhere', () => {
    for (const { template } of stacks) {
      expect(propertiesOf(template, 'AWS::SQS::Queue')).toEqual([
        {
          QueueName: 'Trailkeeper-DeadLetters',
          MessageRetentionPeriod: 14 * 24 * 60 * 60,
          SqsManagedSseEnabled: true,
        },
      ]);
    }
  });

  test('accepts TLS only', () => {
    for (const { template } of stacks) {
      const [{ PolicyDocument }] = propertiesOf(template, 'AWS::SQS::QueuePolicy') as [Properties];
      expect(PolicyDocument.Statement.map(asLists)).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Action: ['sqs:*'],
          Principal: { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
    }
  });
});

describe('the secrets of channels', () => {
  test('are created without a value', () => {
    expect(propertiesOf(whole, 'AWS::SecretsManager::Secret')).toEqual(
      ['Slack', 'PagerDuty', 'JSM', 'Teams', 'Webhook', 'SlackSigning'].map((name) => ({
        Name: `Trailkeeper-${name}`,
        Description: expect.any(String),
      })),
    );
    expect(JSON.stringify(whole.toJSON())).not.toMatch(/SecretString|hooks\.slack\.com|xox[bp]-/);
  });

  test('are retained', () => {
    whole.allResources('AWS::SecretsManager::Secret', retained);
  });

  test('are not created if existing ones are configured', () => {
    const template = mainTemplateIn(givenSecrets);
    const arnOf = (name: string) =>
      `arn:aws:secretsmanager:us-east-1:111122223333:secret:security/${name}-a1b2c3`;

    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    for (const product of ['Slack', 'PagerDuty', 'JSM', 'Teams', 'Webhook']) {
      template.hasOutput(`${product}SecretArn`, { Value: arnOf(product.toLowerCase()) });
    }
  });

  test('do not exist unless a channel with a secret is configured', () => {
    shipped.resourceCountIs('AWS::SecretsManager::Secret', 0);
    expect(shipped.findOutputs('SlackSecretArn')).toEqual({});
  });
});

describe('the sentinel', () => {
  const trail = () => propertiesOf(whole, 'AWS::CloudTrail::Trail');

  test('records this account only', () => {
    expect(trail()).toMatchObject([{ TrailName: 'Trailkeeper-Sentinel', IsLogging: true }]);
    expect(trail()[0].IsOrganizationTrail ?? false).toBe(false);
  });

  test('records writes only, in every Region', () => {
    expect(trail()).toMatchObject([
      {
        IsMultiRegionTrail: true,
        IncludeGlobalServiceEvents: true,
        EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }],
      },
    ]);
    expect(JSON.stringify(trail())).not.toMatch(/DataResources|InsightSelectors/);
  });

  test('delivers to its own private bucket, which is retained', () => {
    expect(trail()[0].S3BucketName).toEqual({ Ref: idOf(whole, 'AWS::S3::Bucket') });
    whole.allResources('AWS::S3::Bucket', {
      ...retained,
      Properties: {
        BucketEncryption: Match.anyValue(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 90 })] },
      },
    });
  });

  test('does not exist unless it is configured', () => {
    shipped.resourceCountIs('AWS::CloudTrail::Trail', 0);
    shipped.resourceCountIs('AWS::S3::Bucket', 0);
  });
});

describe('a first deployment in mode observe that is rolled back', () => {
  const deployments = { 'as shipped': observe, 'with everything': observeWithEverything };

  test.each(Object.entries(deployments))('leaves no resource behind, %s', (_name, cdkOut) => {
    const resources = stacksIn(cdkOut).flatMap(({ template }) =>
      Object.values<Properties>(template.toJSON().Resources),
    );

    expect(resources.filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toEqual([]);
    // A rollback cannot delete what is protected from deletion.
    expect(resources.filter(({ Properties: of }) => of?.DeletionProtectionEnabled)).toEqual([]);
  });

  test.each(Object.entries(deployments))(
    'leaves no stack that the CDK cannot delete, %s',
    (_name, cdkOut) => {
      const isProtected = stacksIn(cdkOut).map(
        ({ terminationProtection }) => terminationProtection,
      );

      expect(isProtected).not.toContain(true);
    },
  );
});
