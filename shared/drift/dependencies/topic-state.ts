import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import { there } from './dependency.ts';
import type { PolicyEdit } from './policy-edit.ts';
import { policyFields, type SeenParts } from './policy-parts.ts';

const text = (rule: string) => z.string(must(rule)).min(1, must(rule));
const tag = z.strictObject({ Key: z.string(), Value: z.string() });

/** The schema of what a baseline stores of a topic. */
export const topicState = z.strictObject({
  Existence: z.literal(there, must('be there, or null')).nullable(),
  KmsMasterKeyId: text('be the id, ARN or alias of a KMS key, none, or null').nullable(),
  Tags: z.array(tag, must('be a list of tags with Key and Value, or null')).nullable(),
  Subscriptions: z
    .array(text('be a protocol and an endpoint'), must('be a list of subscriptions, or null'))
    .nullable(),
  ...policyFields,
});

/** The topic of a trail; null means not protected. */
export type Topic = SeenParts & {
  readonly Existence: string | null;
  /** As it was set; `none` if the topic is not encrypted. */
  readonly KmsMasterKeyId: string | null;
  /** Sorted by key; text if they cannot be read. */
  readonly Tags: readonly Tag[] | string | null;
  /** The protocol and endpoint of each confirmed subscription, sorted; text if they cannot be read. */
  readonly Subscriptions: readonly string[] | string | null;
};

export type Tag = z.infer<typeof tag>;

/** A write to a topic. `put` and `remove` are statements of its policy. */
export type TopicStep = {
  readonly action: 'CreateTopic' | 'SetTopicAttributes' | 'TagResource' | 'UntagResource';
  readonly input: Partial<PolicyEdit> & {
    readonly TopicArn: string;
    readonly KmsMasterKeyId?: string;
    readonly Tags?: readonly Tag[];
    readonly TagKeys?: readonly string[];
  };
};

/** The state if nothing is protected. */
export const unprotected: Topic = {
  Existence: null,
  KmsMasterKeyId: null,
  Tags: null,
  Subscriptions: null,
  CloudTrailStatements: null,
  Denials: null,
  OtherStatements: null,
};

/** What is observed of subscriptions that are too many to read: someone who adds hundreds could hide a new one among them. */
export const tooMany = 'more than 500';
