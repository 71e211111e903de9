import type { Tag } from '@aws-sdk/client-cloudtrail';
import { AwsError } from '../service.ts';
import { list, text } from './input.ts';
import { isGiven, structure } from './members.ts';
import { rule } from './rules.ts';

/** The tags of a new trail, which may be missing. */
export const tagList = (value: unknown): Tag[] => {
  const tags = uniqueTags(value);
  checkTagCount(tags);
  return tags;
};

/** The tags to add or remove. The error for a missing list is not documented. */
export const givenTags = (value: unknown): Tag[] => {
  if (isGiven(value)) return uniqueTags(value);
  throw new AwsError('InvalidTagParameterException', 'TagsList is missing.');
};

export const checkTagCount = ({ length }: readonly Tag[]): void => {
  if (length <= 50) return;
  throw new AwsError('TagsLimitExceededException', 'A trail can have up to 50 tags.');
};

/** Tags with unique keys that do not use the reserved prefix. */
const uniqueTags = (value: unknown): Tag[] => {
  const tags = list(value).map(tag);
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw new AwsError('InvalidTagParameterException', 'Tag keys must be unique.');
  }
  return tags;
};

const tag = (value: unknown): Tag => {
  const { Key, Value } = structure(value);
  const name = tagKey(text(Key));
  return isGiven(Value) ? { Key: name, Value: tagValue(text(Value)) } : { Key: name };
};

const tagKey = rule('InvalidTagParameterException', [
  [/^$|^.{129,}$|^aws:/s, 'Tag key must have 1 to 128 characters and not begin with aws:.'],
]);

const tagValue = rule('InvalidTagParameterException', [
  [/^.{257,}$/s, 'Tag value must have at most 256 characters.'],
]);
