import type { AdvancedFieldSelector } from '@aws-sdk/client-cloudtrail';
import { partition } from '../../home.ts';
import type { Organization } from '../../world.ts';
import type { CloudTrailRecord } from '../record-type.ts';
import type { Trail } from '../trail-state.ts';

/**
 * Whether a trail records a management event. Sources: CloudTrail user guide, "Global service events", "Creating a trail for an
 * organization" and "Logging management events".
 */
export const isRecordedBy = (
  { accountId, homeRegion, logging, settings, selectors }: Trail,
  record: CloudTrailRecord,
  organization: Organization,
): boolean =>
  logging.IsLogging &&
  (record.recipientAccountId === accountId ||
    (settings.IsOrganizationTrail && isMember(record.recipientAccountId, organization))) &&
  (isGlobal(record)
    ? settings.IncludeGlobalServiceEvents && (settings.IsMultiRegionTrail || isAt(homeRegion))
    : settings.IsMultiRegionTrail || record.awsRegion === homeRegion) &&
  isSelected(selectors, record);

const isMember = (account: unknown, { managementAccount, members }: Organization): boolean =>
  account === managementAccount || members.includes(String(account));

/** The services whose events are recorded in one Region only. */
const isGlobal = ({ eventSource }: CloudTrailRecord): boolean =>
  ['iam.amazonaws.com', 'organizations.amazonaws.com'].includes(String(eventSource));

const isAt = (region: string): boolean => region === partition.recordedIn.iam;

function isSelected(selectors: Trail['selectors'], record: CloudTrailRecord): boolean {
  if ('AdvancedEventSelectors' in selectors) {
    return selectors.AdvancedEventSelectors.some(({ FieldSelectors = [] }) =>
      FieldSelectors.every((selector) => isMet(selector, record)),
    );
  }
  return selectors.EventSelectors.some(
    ({ IncludeManagementEvents, ReadWriteType = 'All', ExcludeManagementEventSources = [] }) =>
      IncludeManagementEvents &&
      (ReadWriteType === 'All' || (ReadWriteType === 'ReadOnly') === record.readOnly) &&
      !ExcludeManagementEventSources.includes(String(record.eventSource)),
  );
}

/** The conditions of a selector on one field: one of the positive values, and none of the negative ones. */
function isMet(selector: AdvancedFieldSelector, record: CloudTrailRecord): boolean {
  const value = memberOf(String(selector.Field), record);
  const any = (values: readonly string[] | undefined, is: (one: string) => boolean): boolean =>
    values?.some(is) ?? false;
  const positive = [selector.Equals, selector.StartsWith, selector.EndsWith].some(Boolean);
  const isIn =
    any(selector.Equals, (one) => value === one) ||
    any(selector.StartsWith, (one) => value.startsWith(one)) ||
    any(selector.EndsWith, (one) => value.endsWith(one));
  const isOut =
    any(selector.NotEquals, (one) => value === one) ||
    any(selector.NotStartsWith, (one) => value.startsWith(one)) ||
    any(selector.NotEndsWith, (one) => value.endsWith(one));
  return (isIn || !positive) && !isOut;
}

const memberOf = (field: string, record: CloudTrailRecord): string =>
  String(
    field
      .split('.')
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], record),
  );
