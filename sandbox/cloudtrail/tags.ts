import type { Tag } from '@aws-sdk/client-cloudtrail';
import { AwsError } from '../service.ts';
import { list, text } from './input.ts';
import { rule } from './rules.ts';

/** The tags of a new trail: at most 50, each key once and not one of AWS's own. */
export const tagList = (value: unknown): Tag[] => {
  const tags = list(value).map(tag);
  if (tags.length > 50) {
    throw new AwsError('TagsLimitExceededException', 'A trail can have up to 50 tags.');
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw new AwsError('InvalidTagParameterException', 'Tag keys must be unique.');
  }
  return tags;
};

const tag = (value: unknown): Tag => {
  const { Key, Value } = (value ?? {}) as Record<string, unknown>;
  const name = tagKey(text(Key));
  return Value === undefined ? { Key: name } : { Key: name, Value: tagValue(text(Value)) };
};

const tagKey = rule('InvalidTagParameterException', [
  [/^$|^.{129,}$|^aws:/s, 'Tag key must have 1 to 128 characters and not begin with aws:.'],
]);

const tagValue = rule('InvalidTagParameterException', [
  [/^.{257,}$/s, 'Tag value must have at most 256 characters.'],
]);
