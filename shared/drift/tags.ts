import {
  AddTagsCommand,
  type AddTagsCommandInput,
  ListTagsCommand,
  RemoveTagsCommand,
  type RemoveTagsCommandInput,
  type Tag,
} from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { nullIfTrailNotFound, taggedNotFound } from '#aws/errors.ts';
import { asSet, without } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';
import { asApi } from '#trail/recorded-call.ts';
import { type DriftKind, protectedTrails } from './kind.ts';
import { defaultOf, NotReportedError } from './reported.ts';

const state = z.strictObject({
  TagsList: z
    .array(
      z.strictObject({
        Key: z
          .string(must('be text'))
          .min(1, must('not be empty'))
          .refine(...atMost(128))
          .refine((key) => !isOfAws(key), must('not begin with aws: such tags are reserved')),
        Value: z.string(must('be text')).refine(...atMost(256)),
      }),
      must('be a list: an empty one for no tags'),
    )
    .max(50, must('hold at most 50 tags'))
    .refine(
      (tags) => new Set(tags.map(({ Key }) => Key)).size === tags.length,
      must('name each key once'),
    ),
});

type Tags = Of<typeof state>;
type TagsStep =
  | { readonly action: 'AddTags'; readonly input: AddTagsCommandInput }
  | { readonly action: 'RemoveTags'; readonly input: RemoveTagsCommandInput };

/** The trail's tags, which IAM policies may use. `aws:` tags are reserved and ignored. */
export const tags: DriftKind<Tags, TagsStep> = {
  name: 'tags',
  state,
  fileFormat: {
    schema: state,
    resolve: async (written) => canonical(state.parse(written).TagsList),
  },
  triggers: [{ eventSource: 'cloudtrail.amazonaws.com', eventNames: ['AddTags', 'RemoveTags'] }],
  permissions: {
    observe: [{ actions: ['cloudtrail:ListTags'], resources: protectedTrails }],
    repair: [
      { actions: ['cloudtrail:AddTags', 'cloudtrail:RemoveTags'], resources: protectedTrails },
    ],
  },

  async observe({ cloudtrail }, trail, _now, { tags: desired } = {}) {
    const found: Tag[] = [];
    let NextToken: string | undefined;
    do {
      const page = await nullIfTrailNotFound(
        cloudtrail.send(new ListTagsCommand({ ResourceIdList: [trail.arn], NextToken })),
        taggedNotFound,
      );
      if (page === null) return null;
      const lists = (page.ResourceTagList ?? [{}]).map(({ TagsList }) => TagsList);
      if (lists.includes(undefined)) {
        return defaultOf({ TagsList: [] }, desired, 'ListTags returned no TagsList');
      }
      if (desired !== undefined && lists.flat().some((tag) => !tag?.Key)) {
        throw new NotReportedError('ListTags returned a tag without Key');
      }
      found.push(...(page.ResourceTagList ?? []).flatMap(({ TagsList = [] }) => TagsList));
      NextToken = page.NextToken;
    } while (NextToken);
    return canonical(found);
  },

  impact(_change, desired, actual) {
    const drifted = [...without(desired.TagsList, actual.TagsList), ...surplus(desired, actual)];
    const keys = drifted.map(({ Key }) => Key).slice(0, 5);
    if (drifted.length > keys.length) keys.push(`and ${drifted.length - keys.length} more`);
    return {
      description: `tags differ from the baseline (${keys.join(', ')}): policies that use them may no longer protect the trail`,
      severity: 'low',
      losesCoverage: false,
    };
  },

  repair(desired, actual, trail) {
    const live = actual ?? { TagsList: [] };
    const ResourceId = trail.arn;
    const removed = surplus(desired, live).map(toInput);
    const added = without(desired.TagsList, live.TagsList);
    const remove: TagsStep = { action: 'RemoveTags', input: { ResourceId, TagsList: removed } };
    const add: TagsStep = {
      action: 'AddTags',
      input: { ResourceId, TagsList: added.map(toInput) },
    };
    return [remove, add].filter(({ input }) => input.TagsList?.length);
  },

  async apply({ cloudtrail }, step) {
    if (step.action === 'AddTags') await cloudtrail.send(new AddTagsCommand(step.input));
    else await cloudtrail.send(new RemoveTagsCommand(step.input));
  },

  historyModel: {
    newTrailState: { TagsList: [] },
    applyCall({ eventName, parameters }, before) {
      if (!['AddTags', 'RemoveTags', 'CreateTrail'].includes(eventName)) return null;
      const written = recorded.safeParse(asApi(parameters));
      if (!written.success) return { set: {}, indeterminate: ['TagsList'] };
      const named = canonical(written.data.TagsList).TagsList;
      const others = surplus({ TagsList: named }, before);
      return { set: canonical(eventName === 'RemoveTags' ? others : [...others, ...named]) };
    },
  },
};

/** The requests of AddTags, RemoveTags and CreateTrail, as recorded: a tag may have no value. */
const recorded = z.object({
  TagsList: z
    .array(z.object({ Key: z.string(), Value: z.string().nullish() }))
    .nullish()
    .transform((tags) => (tags ?? []).map(({ Key, Value }) => ({ Key, Value: Value ?? '' }))),
});

function isOfAws(key: string): boolean {
  return key.startsWith('aws:');
}

/** Counts characters as CloudTrail does, not UTF-16 units. Sources: API reference, Tag; AddTags. */
function atMost(length: number) {
  const isShort = (value: string) => [...value].length <= length;
  return [isShort, must(`be at most ${length} characters long`)] as const;
}

const canonical = (found: readonly Tag[]): Tags => ({
  TagsList: asSet(
    found
      .filter(({ Key = '' }) => !isOfAws(Key))
      .map(({ Key = '', Value = '' }) => ({ Key, Value })),
  ),
});

/** Tags with keys that the baseline does not have. A tag with another value is overwritten instead. */
const surplus = (desired: Tags, actual: Tags): Tags['TagsList'] =>
  actual.TagsList.filter(({ Key }) => desired.TagsList.every((tag) => tag.Key !== Key));

/** CloudTrail refuses an empty value and accepts a tag without one. */
const toInput = ({ Key, Value }: Tags['TagsList'][number]): Tag =>
  Value === '' ? { Key } : { Key, Value };
