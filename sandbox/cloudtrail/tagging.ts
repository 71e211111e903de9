import type { ListTagsResponse, Tag } from '@aws-sdk/client-cloudtrail';
import type { AccountRegion } from '../account-region.ts';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { isDelegate } from './delegation.ts';
import { malformedArn, notManagementAccount, wrongAccount } from './errors.ts';
import { list, text } from './input.ts';
import { findTrail } from './lookup.ts';
import { checkTagCount, givenTags } from './tags.ts';
import type { Trail } from './trail-state.ts';
import { accountRegionOf, identify } from './trails.ts';

/** Adds tags and overwrites those with the same keys. A key without a value clears the tag's value. */
export const addTags = (call: Call, world: World): object => {
  const trail = taggedBy(call, world);
  const given = givenTags(call.input.TagsList);
  const before = new Map(trail.tags.map((tag) => [tag.Key, tag]));
  const tags = [...new Map([...before, ...given.map((tag) => [tag.Key, tag] as const)]).values()];
  checkTagCount(tags);
  world.trails.set(trail.arn, { ...trail, tags });
  return {};
};

/** Removes tags by key and ignores the values. It is not documented that an unknown key is accepted. */
export const removeTags = (call: Call, world: World): object => {
  const trail = taggedBy(call, world);
  const keys = givenTags(call.input.TagsList).map(({ Key }) => Key);
  const tags = trail.tags.filter(({ Key }) => !keys.includes(Key));
  world.trails.set(trail.arn, { ...trail, tags });
  return {};
};

// NextToken is "reserved for future use" (API reference, ListTags). The sandbox already pages, even within the tags of
// one trail, because clients must be prepared for it.
const pageSize = 10;

export const listTags = (call: Call, world: World): ListTagsResponse => {
  const ids = list(call.input.ResourceIdList).map(text);
  // "The list has a limit of 20 ARNs" (API reference). The exception is not documented.
  if (ids.length > 20) {
    throw new AwsError('InvalidParameterException', 'ResourceIdList must have at most 20 ARNs.');
  }
  const rows = ids.flatMap((id) =>
    rowsOf(taggedTrail(id, accountRegionOf(call), world, wrongAccount)),
  );
  const from = Number(call.input.NextToken ?? 0);
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsError('InvalidTokenException', `${call.input.NextToken}`);
  }
  const next = from + pageSize;
  const page = Map.groupBy(rows.slice(from, next), ({ arn }) => arn);
  return {
    ResourceTagList: [...page].map(([ResourceId, onPage]) => ({
      ResourceId,
      TagsList: onPage.flatMap(({ tag }) => tag ?? []),
    })),
    ...(next < rows.length ? { NextToken: String(next) } : {}),
  };
};

/** One row for each tag, and one for a trail without tags, which is also listed. */
const rowsOf = ({ arn, tags }: Trail): readonly { arn: string; tag?: Tag }[] =>
  tags.length > 0 ? tags.map((tag) => ({ arn, tag })) : [{ arn }];

// AddTags and RemoveTags list NotOrganizationMasterAccountException; ListTags does not (API reference).
const taggedBy = (call: Call, world: World): Trail =>
  taggedTrail(text(call.input.ResourceId), accountRegionOf(call), world, notManagementAccount);

// Tag operations take an ARN in the trail's home Region; shadow trails have no tags (cloudquery/cq-provider-aws#236).
// Member accounts may not call them (prowler#2025). It is not documented, but assumed, that a delegated administrator
// may, because it may change organization trails. None of the three operations lists TrailNotFoundException or
// InvalidHomeRegionException (API reference).
const taggedTrail = (
  id: string,
  at: AccountRegion,
  world: World,
  toMember: (accountId: string) => AwsError,
): Trail => {
  if (!id.startsWith('arn:')) throw malformedArn(id);
  const trail = findTrail(id, at, world);
  if (trail && trail.accountId !== at.accountId && !isDelegate(at.accountId, world.organization)) {
    throw toMember(at.accountId);
  }
  const { arn, homeRegion } = identify(id, at);
  if (homeRegion !== at.region) {
    throw new AwsError(
      'CloudTrailARNInvalidException',
      `Region in ARN is wrong, you can only access resources in region ${at.region}.`,
    );
  }
  if (trail) return trail;
  throw new AwsError('ResourceNotFoundException', `Resource ${arn} does not exist.`);
};
