/**
 * The IAM actions that CloudFormation's handlers of each resource type call, and the property without which a handler does not
 * call an action. Source: `handlers.*.permissions` in the schemas of CloudFormation's public registry (`aws cloudformation
 * describe-type --type RESOURCE --type-name TYPE`), as of 2026; `AWS::Events::Rule` and `AWS::SNS::Subscription` have no handlers
 * there: the operations of their API references that create, read, update and delete one.
 */
export type Handlers = {
  readonly create: string;
  readonly read: string;
  readonly update: string;
  readonly delete: string;
  /** Actions, separated by spaces, by the property that they are called for. */
  readonly onlyFor?: Readonly<Record<string, string>>;
};

export const handlers: Readonly<Record<string, Handlers>> = {
  'AWS::CloudTrail::Trail': {
    create:
      'cloudtrail:CreateTrail cloudtrail:StartLogging cloudtrail:AddTags cloudtrail:PutEventSelectors cloudtrail:PutInsightSelectors iam:GetRole iam:PassRole iam:CreateServiceLinkedRole organizations:DescribeOrganization organizations:ListAWSServiceAccessForOrganization',
    read: 'cloudtrail:GetTrail cloudtrail:GetTrailStatus cloudtrail:ListTags cloudtrail:GetEventSelectors cloudtrail:GetInsightSelectors cloudtrail:DescribeTrails',
    update:
      'cloudtrail:UpdateTrail cloudtrail:StartLogging cloudtrail:StopLogging cloudtrail:AddTags cloudtrail:RemoveTags cloudtrail:PutEventSelectors cloudtrail:PutInsightSelectors iam:GetRole iam:PassRole iam:CreateServiceLinkedRole organizations:DescribeOrganization organizations:ListAWSServiceAccessForOrganization cloudtrail:GetTrail cloudtrail:DescribeTrails',
    delete: 'cloudtrail:DeleteTrail',
    onlyFor: {
      InsightSelectors: 'cloudtrail:PutInsightSelectors',
      CloudWatchLogsRoleArn: 'iam:GetRole iam:PassRole',
      IsOrganizationTrail:
        'iam:CreateServiceLinkedRole organizations:DescribeOrganization organizations:ListAWSServiceAccessForOrganization',
    },
  },
  'AWS::CloudWatch::Alarm': {
    create: 'cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:TagResource',
    read: 'cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource',
    update:
      'cloudwatch:PutMetricAlarm cloudwatch:DescribeAlarms cloudwatch:TagResource cloudwatch:UntagResource',
    delete: 'cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms',
  },
  'AWS::CloudWatch::Dashboard': {
    create: 'cloudwatch:PutDashboard cloudwatch:GetDashboard',
    read: 'cloudwatch:GetDashboard',
    update: 'cloudwatch:PutDashboard',
    delete: 'cloudwatch:DeleteDashboards cloudwatch:GetDashboard',
  },
  'AWS::DynamoDB::Table': {
    create:
      'dynamodb:CreateTable dynamodb:DescribeImport dynamodb:DescribeTable dynamodb:DescribeTimeToLive dynamodb:UpdateTimeToLive dynamodb:UpdateContributorInsights dynamodb:UpdateContinuousBackups dynamodb:DescribeContinuousBackups dynamodb:DescribeContributorInsights dynamodb:EnableKinesisStreamingDestination dynamodb:DisableKinesisStreamingDestination dynamodb:DescribeKinesisStreamingDestination dynamodb:ImportTable dynamodb:ListTagsOfResource dynamodb:TagResource dynamodb:UpdateTable dynamodb:GetResourcePolicy dynamodb:PutResourcePolicy kinesis:DescribeStream kinesis:PutRecords iam:CreateServiceLinkedRole kms:CreateGrant kms:Decrypt kms:DescribeKey kms:ListAliases kms:Encrypt kms:RevokeGrant logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:PutLogEvents logs:PutRetentionPolicy s3:GetObject s3:GetObjectMetadata s3:ListBucket',
    read: 'dynamodb:DescribeTable dynamodb:DescribeContinuousBackups dynamodb:DescribeContributorInsights dynamodb:DescribeKinesisStreamingDestination dynamodb:ListTagsOfResource dynamodb:GetResourcePolicy',
    update:
      'dynamodb:UpdateTable dynamodb:DescribeTable dynamodb:DescribeTimeToLive dynamodb:UpdateTimeToLive dynamodb:UpdateContinuousBackups dynamodb:UpdateContributorInsights dynamodb:UpdateKinesisStreamingDestination dynamodb:DescribeContinuousBackups dynamodb:DescribeKinesisStreamingDestination dynamodb:ListTagsOfResource dynamodb:TagResource dynamodb:UntagResource dynamodb:DescribeContributorInsights dynamodb:EnableKinesisStreamingDestination dynamodb:DisableKinesisStreamingDestination dynamodb:GetResourcePolicy dynamodb:PutResourcePolicy dynamodb:DeleteResourcePolicy kinesis:DescribeStream kinesis:PutRecords iam:CreateServiceLinkedRole kms:CreateGrant kms:DescribeKey kms:ListAliases kms:RevokeGrant',
    delete: 'dynamodb:DeleteTable dynamodb:DescribeTable',
    onlyFor: {
      ContributorInsightsSpecification:
        'dynamodb:UpdateContributorInsights iam:CreateServiceLinkedRole',
      ImportSourceSpecification:
        'dynamodb:DescribeImport dynamodb:ImportTable logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams logs:PutLogEvents logs:PutRetentionPolicy s3:GetObject s3:GetObjectMetadata s3:ListBucket',
      KinesisStreamSpecification:
        'dynamodb:EnableKinesisStreamingDestination dynamodb:DisableKinesisStreamingDestination dynamodb:UpdateKinesisStreamingDestination kinesis:DescribeStream kinesis:PutRecords',
      ResourcePolicy: 'dynamodb:PutResourcePolicy dynamodb:DeleteResourcePolicy',
      'SSESpecification.KMSMasterKeyId':
        'kms:CreateGrant kms:Decrypt kms:DescribeKey kms:ListAliases kms:Encrypt kms:RevokeGrant',
      TimeToLiveSpecification: 'dynamodb:UpdateTimeToLive',
    },
  },
  'AWS::Events::Archive': {
    create: 'events:DescribeArchive events:CreateArchive',
    read: 'events:DescribeArchive',
    update: 'events:DescribeArchive events:UpdateArchive',
    delete: 'events:DescribeArchive events:DeleteArchive',
  },
  'AWS::Events::EventBus': {
    create:
      'events:CreateEventBus events:DescribeEventBus events:PutPermission events:ListTagsForResource events:TagResource',
    read: 'events:DescribeEventBus events:ListTagsForResource',
    update: 'events:TagResource events:UntagResource events:PutPermission events:DescribeEventBus',
    delete: 'events:DescribeEventBus events:DeleteEventBus',
  },
  'AWS::Events::EventBusPolicy': {
    create: 'events:DescribeEventBus events:PutPermission',
    read: 'events:DescribeEventBus',
    update: 'events:DescribeEventBus events:PutPermission',
    delete: 'events:DescribeEventBus events:RemovePermission',
  },
  'AWS::Events::Rule': {
    create: 'events:PutRule events:PutTargets events:DescribeRule iam:PassRole',
    read: 'events:DescribeRule events:ListTargetsByRule',
    update:
      'events:PutRule events:PutTargets events:RemoveTargets events:DescribeRule events:EnableRule events:DisableRule iam:PassRole',
    delete: 'events:RemoveTargets events:DeleteRule events:DescribeRule events:ListTargetsByRule',
    onlyFor: { 'Targets.*.RoleArn': 'iam:PassRole' },
  },
  'AWS::IAM::Policy': {
    create:
      'iam:GetUserPolicy iam:GetRolePolicy iam:GetGroupPolicy iam:PutUserPolicy iam:PutRolePolicy iam:PutGroupPolicy',
    read: 'iam:GetRolePolicy',
    update:
      'iam:PutUserPolicy iam:PutRolePolicy iam:PutGroupPolicy iam:DeleteRolePolicy iam:DeleteUserPolicy iam:DeleteGroupPolicy',
    delete: 'iam:DeleteRolePolicy iam:DeleteUserPolicy iam:DeleteGroupPolicy',
    onlyFor: {
      Groups: 'iam:GetGroupPolicy iam:PutGroupPolicy iam:DeleteGroupPolicy',
      Users: 'iam:GetUserPolicy iam:PutUserPolicy iam:DeleteUserPolicy',
    },
  },
  'AWS::IAM::Role': {
    create:
      'iam:CreateRole iam:PutRolePolicy iam:AttachRolePolicy iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy',
    read: 'iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy',
    update:
      'iam:UpdateRole iam:UpdateRoleDescription iam:UpdateAssumeRolePolicy iam:DetachRolePolicy iam:AttachRolePolicy iam:DeleteRolePermissionsBoundary iam:PutRolePermissionsBoundary iam:DeleteRolePolicy iam:PutRolePolicy iam:TagRole iam:UntagRole iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies iam:GetRolePolicy',
    delete:
      'iam:DeleteRole iam:DetachRolePolicy iam:DeleteRolePolicy iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies',
    onlyFor: {
      ManagedPolicyArns: 'iam:AttachRolePolicy',
      PermissionsBoundary: 'iam:DeleteRolePermissionsBoundary iam:PutRolePermissionsBoundary',
    },
  },
  'AWS::KMS::Key': {
    create: 'kms:CreateKey kms:EnableKeyRotation kms:DisableKey kms:TagResource kms:PutKeyPolicy',
    read: 'kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags',
    update:
      'kms:DescribeKey kms:DisableKey kms:DisableKeyRotation kms:EnableKey kms:EnableKeyRotation kms:PutKeyPolicy kms:TagResource kms:UntagResource kms:UpdateKeyDescription kms:ListResourceTags',
    delete: 'kms:DescribeKey kms:ScheduleKeyDeletion',
    // AWS KMS rotates no asymmetric key.
    onlyFor: { EnableKeyRotation: 'kms:DisableKeyRotation kms:EnableKeyRotation' },
  },
  'AWS::Lambda::EventInvokeConfig': {
    create: 'lambda:PutFunctionEventInvokeConfig',
    read: 'lambda:GetFunctionEventInvokeConfig',
    update: 'lambda:UpdateFunctionEventInvokeConfig',
    delete: 'lambda:DeleteFunctionEventInvokeConfig',
  },
  'AWS::Lambda::EventSourceMapping': {
    create:
      'lambda:CreateEventSourceMapping lambda:GetEventSourceMapping lambda:TagResource kms:DescribeKey kms:GenerateDataKey kms:Decrypt',
    read: 'lambda:GetEventSourceMapping lambda:ListTags kms:Decrypt',
    update:
      'lambda:UpdateEventSourceMapping lambda:GetEventSourceMapping lambda:ListTags lambda:TagResource lambda:UntagResource kms:DescribeKey kms:GenerateDataKey kms:Decrypt',
    delete: 'lambda:DeleteEventSourceMapping lambda:GetEventSourceMapping kms:Decrypt',
    onlyFor: { KmsKeyArn: 'kms:DescribeKey kms:GenerateDataKey kms:Decrypt' },
  },
  'AWS::Lambda::Function': {
    create:
      'lambda:CreateFunction lambda:GetFunction lambda:PutFunctionConcurrency iam:PassRole s3:GetObject s3:GetObjectVersion ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs elasticfilesystem:DescribeMountTargets kms:CreateGrant kms:Decrypt kms:Encrypt kms:GenerateDataKey lambda:GetCodeSigningConfig lambda:GetFunctionCodeSigningConfig lambda:GetLayerVersion lambda:GetRuntimeManagementConfig lambda:PutRuntimeManagementConfig lambda:TagResource lambda:GetFunctionRecursionConfig lambda:PutFunctionRecursionConfig',
    read: 'lambda:GetFunction lambda:GetFunctionCodeSigningConfig lambda:GetFunctionRecursionConfig lambda:GetRuntimeManagementConfig lambda:ListTags',
    update:
      'lambda:DeleteFunctionConcurrency lambda:GetFunction lambda:PutFunctionConcurrency lambda:ListTags lambda:TagResource lambda:UntagResource lambda:UpdateFunctionConfiguration lambda:UpdateFunctionCode iam:PassRole s3:GetObject s3:GetObjectVersion ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs elasticfilesystem:DescribeMountTargets kms:CreateGrant kms:Decrypt kms:GenerateDataKey lambda:GetRuntimeManagementConfig lambda:PutRuntimeManagementConfig lambda:PutFunctionCodeSigningConfig lambda:DeleteFunctionCodeSigningConfig lambda:GetCodeSigningConfig lambda:GetFunctionCodeSigningConfig lambda:GetFunctionRecursionConfig lambda:PutFunctionRecursionConfig',
    delete: 'lambda:DeleteFunction lambda:GetFunction ec2:DescribeNetworkInterfaces',
    onlyFor: {
      CodeSigningConfigArn: 'lambda:GetCodeSigningConfig',
      FileSystemConfigs: 'elasticfilesystem:DescribeMountTargets',
      KmsKeyArn: 'kms:CreateGrant kms:Decrypt kms:Encrypt kms:GenerateDataKey',
      Layers: 'lambda:GetLayerVersion',
      VpcConfig:
        'ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs ec2:DescribeNetworkInterfaces',
    },
  },
  'AWS::Lambda::Url': {
    create: 'lambda:CreateFunctionUrlConfig',
    read: 'lambda:GetFunctionUrlConfig',
    update: 'lambda:UpdateFunctionUrlConfig',
    delete: 'lambda:DeleteFunctionUrlConfig',
  },
  'AWS::Lambda::Permission': {
    create: 'lambda:AddPermission',
    read: 'lambda:GetPolicy',
    update: '',
    delete: 'lambda:RemovePermission',
  },
  'AWS::Logs::LogGroup': {
    create:
      'logs:DescribeLogGroups logs:CreateLogGroup logs:PutRetentionPolicy logs:TagResource logs:GetDataProtectionPolicy logs:PutDataProtectionPolicy logs:CreateLogDelivery firehose:TagDeliveryStream logs:PutResourcePolicy logs:DescribeResourcePolicies logs:PutIndexPolicy logs:DescribeIndexPolicies',
    read: 'logs:DescribeLogGroups logs:ListTagsForResource logs:GetDataProtectionPolicy logs:DescribeIndexPolicies logs:DescribeResourcePolicies',
    update:
      'logs:DescribeLogGroups logs:AssociateKmsKey logs:DisassociateKmsKey logs:PutRetentionPolicy logs:DeleteRetentionPolicy logs:TagResource logs:UntagResource logs:ListTagsForResource logs:GetDataProtectionPolicy logs:PutDataProtectionPolicy logs:CreateLogDelivery firehose:TagDeliveryStream logs:PutIndexPolicy logs:DeleteIndexPolicy logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DeleteResourcePolicy logs:PutLogGroupDeletionProtection',
    delete: 'logs:DescribeLogGroups logs:DeleteLogGroup logs:DeleteDataProtectionPolicy',
    onlyFor: {
      DataProtectionPolicy:
        'logs:PutDataProtectionPolicy logs:DeleteDataProtectionPolicy logs:CreateLogDelivery firehose:TagDeliveryStream',
      DeletionProtectionEnabled: 'logs:PutLogGroupDeletionProtection',
      FieldIndexPolicies: 'logs:PutIndexPolicy logs:DeleteIndexPolicy',
      KmsKeyId: 'logs:AssociateKmsKey logs:DisassociateKmsKey',
      ResourcePolicyDocument: 'logs:PutResourcePolicy logs:DeleteResourcePolicy',
    },
  },
  'AWS::S3::Bucket': {
    create:
      's3:CreateBucket s3:PutBucketTagging s3:PutAnalyticsConfiguration s3:PutEncryptionConfiguration s3:PutBucketCORS s3:PutInventoryConfiguration s3:PutLifecycleConfiguration s3:PutMetricsConfiguration s3:PutBucketNotification s3:PutBucketWebsite s3:PutAccelerateConfiguration s3:PutBucketPublicAccessBlock s3:PutReplicationConfiguration s3:PutBucketObjectLockConfiguration s3:GetBucketAcl s3:ListBucket iam:PassRole s3:PutBucketLogging s3:PutBucketVersioning s3:PutBucketOwnershipControls s3:PutIntelligentTieringConfiguration s3:PutObjectAcl s3:DeleteObject s3:CreateBucketMetadataTableConfiguration s3tables:CreateNamespace s3tables:CreateTable s3tables:CreateTableBucket s3tables:GetTable s3tables:PutTableEncryption s3tables:PutTablePolicy s3tables:GetTableMetadataLocation s3tables:UpdateTableMetadataLocation',
    read: 's3:GetAccelerateConfiguration s3:GetLifecycleConfiguration s3:GetBucketPublicAccessBlock s3:GetAnalyticsConfiguration s3:GetBucketCORS s3:GetEncryptionConfiguration s3:GetInventoryConfiguration s3:GetBucketLogging s3:GetMetricsConfiguration s3:GetBucketNotification s3:GetBucketVersioning s3:GetReplicationConfiguration s3:GetBucketWebsite s3:GetBucketObjectLockConfiguration s3:GetBucketTagging s3:GetBucketOwnershipControls s3:GetIntelligentTieringConfiguration s3:GetBucketMetadataTableConfiguration s3:ListBucket s3:ListTagsForResource',
    update:
      's3:PutBucketAcl s3:PutBucketTagging s3:PutAnalyticsConfiguration s3:PutEncryptionConfiguration s3:PutBucketCORS s3:PutInventoryConfiguration s3:PutLifecycleConfiguration s3:PutMetricsConfiguration s3:PutBucketNotification s3:PutBucketWebsite s3:PutAccelerateConfiguration s3:PutBucketPublicAccessBlock s3:PutReplicationConfiguration s3:PutBucketOwnershipControls s3:PutIntelligentTieringConfiguration s3:PutBucketLogging s3:PutBucketVersioning s3:PutBucketObjectLockConfiguration iam:PassRole s3:ListBucket',
    delete: 's3:DeleteBucket s3:ListBucket',
    onlyFor: {
      AccelerateConfiguration: 's3:PutAccelerateConfiguration',
      AccessControl: 's3:PutBucketAcl',
      AnalyticsConfigurations: 's3:PutAnalyticsConfiguration',
      CorsConfiguration: 's3:PutBucketCORS',
      IntelligentTieringConfigurations: 's3:PutIntelligentTieringConfiguration',
      InventoryConfigurations: 's3:PutInventoryConfiguration',
      LoggingConfiguration: 's3:PutBucketLogging',
      MetricsConfigurations: 's3:PutMetricsConfiguration',
      NotificationConfiguration: 's3:PutBucketNotification',
      ObjectLockConfiguration: 's3:PutBucketObjectLockConfiguration',
      OwnershipControls: 's3:PutBucketOwnershipControls',
      ReplicationConfiguration: 's3:PutReplicationConfiguration iam:PassRole',
      MetadataTableConfiguration:
        's3:CreateBucketMetadataTableConfiguration s3tables:CreateNamespace s3tables:CreateTable s3tables:CreateTableBucket s3tables:GetTable s3tables:PutTableEncryption s3tables:PutTablePolicy s3tables:GetTableMetadataLocation s3tables:UpdateTableMetadataLocation',
      // On objects, which no property of a bucket is about: these would let a deployment delete log files.
      '(objects)': 's3:PutObjectAcl s3:DeleteObject',
      WebsiteConfiguration: 's3:PutBucketWebsite',
    },
  },
  'AWS::S3::BucketPolicy': {
    create: 's3:GetBucketPolicy s3:PutBucketPolicy',
    read: 's3:GetBucketPolicy',
    update: 's3:GetBucketPolicy s3:PutBucketPolicy',
    delete: 's3:GetBucketPolicy s3:DeleteBucketPolicy',
  },
  'AWS::SNS::Subscription': {
    create: 'sns:Subscribe sns:SetSubscriptionAttributes',
    read: 'sns:GetSubscriptionAttributes sns:ListSubscriptionsByTopic',
    update: 'sns:SetSubscriptionAttributes',
    delete: 'sns:Unsubscribe',
  },
  'AWS::SNS::Topic': {
    create:
      'sns:CreateTopic sns:TagResource sns:Subscribe sns:GetTopicAttributes sns:PutDataProtectionPolicy iam:GetRole iam:PassRole',
    read: 'sns:GetTopicAttributes sns:ListTagsForResource sns:ListSubscriptionsByTopic sns:GetDataProtectionPolicy',
    update:
      'sns:SetTopicAttributes sns:TagResource sns:UntagResource sns:Subscribe sns:Unsubscribe sns:GetTopicAttributes sns:ListTagsForResource sns:ListSubscriptionsByTopic sns:GetDataProtectionPolicy sns:PutDataProtectionPolicy iam:GetRole iam:PassRole',
    delete: 'sns:GetTopicAttributes sns:DeleteTopic',
    onlyFor: {
      DataProtectionPolicy: 'sns:PutDataProtectionPolicy',
      DeliveryStatusLogging: 'iam:GetRole iam:PassRole',
      Subscription: 'sns:Subscribe',
    },
  },
  'AWS::SNS::TopicPolicy': {
    create: 'sns:SetTopicAttributes',
    read: '',
    update: 'sns:SetTopicAttributes',
    delete: 'sns:SetTopicAttributes',
  },
  'AWS::SQS::Queue': {
    create: 'sqs:CreateQueue sqs:GetQueueUrl sqs:GetQueueAttributes sqs:ListQueueTags sqs:TagQueue',
    read: 'sqs:GetQueueAttributes sqs:ListQueueTags',
    update:
      'sqs:SetQueueAttributes sqs:GetQueueAttributes sqs:ListQueueTags sqs:TagQueue sqs:UntagQueue',
    delete: 'sqs:DeleteQueue sqs:GetQueueAttributes',
  },
  'AWS::SQS::QueuePolicy': {
    create: 'sqs:SetQueueAttributes',
    read: '',
    update: 'sqs:SetQueueAttributes',
    delete: 'sqs:SetQueueAttributes',
  },
  'AWS::Scheduler::Schedule': {
    create: 'scheduler:CreateSchedule scheduler:GetSchedule iam:PassRole',
    read: 'scheduler:GetSchedule',
    update: 'scheduler:UpdateSchedule scheduler:GetSchedule iam:PassRole',
    delete: 'scheduler:DeleteSchedule scheduler:GetSchedule',
  },
  'AWS::SecretsManager::Secret': {
    create:
      'secretsmanager:DescribeSecret secretsmanager:GetRandomPassword secretsmanager:CreateSecret secretsmanager:TagResource secretsmanager:ReplicateSecretToRegions',
    read: 'secretsmanager:DescribeSecret secretsmanager:GetSecretValue',
    update:
      'secretsmanager:UpdateSecret secretsmanager:TagResource secretsmanager:UntagResource secretsmanager:GetRandomPassword secretsmanager:GetSecretValue secretsmanager:ReplicateSecretToRegions secretsmanager:RemoveRegionsFromReplication',
    delete:
      'secretsmanager:DeleteSecret secretsmanager:DescribeSecret secretsmanager:RemoveRegionsFromReplication',
    onlyFor: {
      GenerateSecretString: 'secretsmanager:GetRandomPassword',
      ReplicaRegions:
        'secretsmanager:ReplicateSecretToRegions secretsmanager:RemoveRegionsFromReplication',
    },
  },
  'AWS::StepFunctions::StateMachine': {
    create:
      'states:CreateStateMachine states:DescribeStateMachine states:TagResource iam:PassRole s3:GetObject',
    read: 'states:DescribeStateMachine states:ListTagsForResource',
    update:
      'states:UpdateStateMachine states:DescribeStateMachine states:TagResource states:UntagResource states:ListTagsForResource iam:PassRole',
    delete: 'states:DeleteStateMachine states:DescribeStateMachine',
    onlyFor: { DefinitionS3Location: 's3:GetObject' },
  },
};
