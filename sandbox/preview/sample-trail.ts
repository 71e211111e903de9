import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { alice, trail } from './sample-parts.ts';

/** The states of the baseline of a trail that records everything. */
export const sampleStates: Readonly<Record<string, object>> = {
  organization: {
    TrustedAccess: true,
    DelegatedAdministrators: ['222233334444'],
    ServiceLinkedRole: 'there',
  },
  settings: {
    S3BucketName: 'org-trail-logs',
    S3KeyPrefix: null,
    SnsTopicARN: null,
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    LogFileValidationEnabled: true,
    CloudWatchLogsLogGroupArn: null,
    CloudWatchLogsRoleArn: null,
    KmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4',
    IsOrganizationTrail: true,
    RecursiveLogging: false,
  },
  logging: { IsLogging: true },
  'event-selectors': {
    EventSelectors: [
      {
        ReadWriteType: 'All',
        IncludeManagementEvents: true,
        DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }],
        ExcludeManagementEventSources: [],
      },
    ],
    AdvancedEventSelectors: null,
  },
  tags: { TagsList: [{ Key: 'owner', Value: 'security' }] },
  key: { KeyState: 'Enabled' },
};

export const sampleWindow: MaintenanceWindow = {
  ...{ schema: 1, id: 'retag-november', trail, kinds: ['tags'] },
  from: '2026-11-21T13:00:00Z',
  until: '2026-11-21T16:30:00Z',
  by: String(alice.arn),
  reason: 'new cost allocation tags',
};
