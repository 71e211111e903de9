import { expect, test } from 'vitest';
import { isRecordedBy } from '#sandbox/cloudtrail/log-files/recorded-by.ts';
import type { CloudTrailRecord } from '#sandbox/cloudtrail/record-type.ts';
import type { Trail } from '#sandbox/cloudtrail/trail-state.ts';

// Which management events a trail records. [U] CloudTrail user guide: "Global service events", "Creating a trail for an organization",
// "Logging management events".

const organization = {
  id: 'o-a1b2c3d4e5',
  managementAccount: '111122223333',
  members: ['222233334444'],
  trustedServices: new Map(),
  delegations: [],
  policyTypes: new Set<never>(),
  controlPolicies: new Map(),
};

const all = { IncludeManagementEvents: true, ReadWriteType: 'All' } as const;
const trail = {
  accountId: '111122223333',
  homeRegion: 'eu-central-1',
  logging: { IsLogging: true },
  settings: {
    IsMultiRegionTrail: true,
    IncludeGlobalServiceEvents: true,
    IsOrganizationTrail: true,
  },
  selectors: { EventSelectors: [all] },
};
const record = {
  recipientAccountId: '111122223333',
  awsRegion: 'eu-central-1',
  eventSource: 'kms.amazonaws.com',
  eventName: 'DisableKey',
  readOnly: false,
  eventCategory: 'Management',
  userIdentity: { arn: 'arn:aws:iam::111122223333:user/mallory' },
};
const settings = (changes: object) => ({ settings: { ...trail.settings, ...changes } });
const selecting = (one: object) => ({ selectors: { EventSelectors: [{ ...all, ...one }] } });
const selectingFields = (...FieldSelectors: object[]) => ({
  selectors: {
    AdvancedEventSelectors: [
      { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }, ...FieldSelectors] },
    ],
  },
});
const isRecorded = (changes: object, of: object) =>
  isRecordedBy(
    { ...trail, ...changes } as unknown as Trail,
    { ...record, ...of } as unknown as CloudTrailRecord,
    organization,
  );

test.each<[string, object, object, boolean]>([
  ['an event of its account and Region', {}, {}, true],
  ['nothing while it does not log', { logging: { IsLogging: false } }, {}, false],
  ['an event of a member account', {}, { recipientAccountId: '222233334444' }, true],
  ['nothing of other organizations', {}, { recipientAccountId: '444455556666' }, false],
  [
    'nothing of members without the organization',
    settings({ IsOrganizationTrail: false }),
    { recipientAccountId: '222233334444' },
    false,
  ],
  ['an event of another Region', {}, { awsRegion: 'us-east-1' }, true],
  [
    'nothing of other Regions if it has one',
    settings({ IsMultiRegionTrail: false }),
    { awsRegion: 'us-east-1' },
    false,
  ],
  [
    'no global service events if they are excluded',
    settings({ IncludeGlobalServiceEvents: false }),
    { awsRegion: 'us-east-1', eventSource: 'iam.amazonaws.com' },
    false,
  ],
  ['no writes if it selects reads', selecting({ ReadWriteType: 'ReadOnly' }), {}, false],
  ['reads if it selects reads', selecting({ ReadWriteType: 'ReadOnly' }), { readOnly: true }, true],
  ['nothing without management events', selecting({ IncludeManagementEvents: false }), {}, false],
  [
    'nothing of a source that is excluded',
    selecting({ ExcludeManagementEventSources: ['kms.amazonaws.com'] }),
    {},
    false,
  ],
  ['what an advanced selector selects', selectingFields(), {}, true],
  [
    'not what it excludes',
    selectingFields({ Field: 'userIdentity.arn', NotEquals: [record.userIdentity.arn] }),
    {},
    false,
  ],
  [
    'not what it does not select',
    selectingFields({ Field: 'readOnly', Equals: ['true'] }),
    {},
    false,
  ],
])('a trail records %s', (_what, changes, of, expected) => {
  expect(isRecorded(changes, of)).toBe(expected);
});
