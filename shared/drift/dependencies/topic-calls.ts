import { createHash } from 'node:crypto';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  paginateListSubscriptionsByTopic,
  SetTopicAttributesCommand,
  type SNSClient,
  type Subscription,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { accountOf, regionOf } from '#aws/resource-names.ts';
import { NotReportedError } from '../reported.ts';
import { writePolicy } from './deleted-principals.ts';
import { accessDenied, gone, readOr, there } from './dependency.ts';
import { merge, type PolicyEdit } from './policy-edit.ts';
import { comparable, isAnyWanted, partsOf, unreadParts } from './policy-parts.ts';
import type { Request } from './statement-evaluation.ts';
import { notEncrypted } from './topic-repair.ts';
import { type Tag, type Topic, type TopicStep, tooMany } from './topic-state.ts';

/** What SNS reports of a topic, as far as it is wanted; of one that does not exist or may not be read, only that. */
export async function observeTopic(
  aws: Aws,
  TopicArn: string,
  wanted: Partial<Topic>,
  requests: readonly Request[],
): Promise<Topic> {
  const sns = await clientFor(aws, TopicArn);
  const ignored = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value === null));
  const read = await readOr(sns.send(new GetTopicAttributesCommand({ TopicArn })));
  if (read === gone || read === accessDenied) {
    const isSaid = wanted.Existence !== null;
    const unread = isSaid || read === gone ? { Existence: read } : unreadParts(wanted);
    return { ...unread, ...ignored } as Topic;
  }
  const [subscriptions, tags] = await Promise.all([
    wanted.Subscriptions === null ? {} : subscriptionsOf(sns, TopicArn),
    wanted.Tags === null ? {} : tagsOf(sns, TopicArn),
  ]);
  const attributes = attributesIn(read.Attributes, wanted, requests);
  return { Existence: there, ...attributes, ...subscriptions, ...tags, ...ignored } as Topic;
}

/** Sends one step. A policy is read again, and written only if that changes something. */
export async function applyTopicStep(aws: Aws, { action, input }: TopicStep): Promise<void> {
  const { TopicArn, put = [], remove = [], KmsMasterKeyId, Tags = [], TagKeys = [] } = input;
  const sns = await clientFor(aws, TopicArn);
  const ResourceArn = TopicArn;
  switch (action) {
    case 'CreateTopic':
      return createTopic(sns, input);
    case 'SetTopicAttributes':
      return KmsMasterKeyId === undefined
        ? putPolicy(sns, TopicArn, { put, remove })
        : setAttribute(sns, TopicArn, 'KmsMasterKeyId', keyOrNone(KmsMasterKeyId));
    case 'TagResource':
      return void (await sns.send(new TagResourceCommand({ ResourceArn, Tags: [...Tags] })));
    case 'UntagResource':
      return void (await sns.send(
        new UntagResourceCommand({ ResourceArn, TagKeys: [...TagKeys] }),
      ));
  }
}

/** Thrown if a topic was made in another account or Region than its ARN names. */
export class ForeignTopicError extends Error {
  override readonly name = 'ForeignTopicError' as const;
}

/**
 * Creates a topic unless there is one now. Only an account learns that a topic of it does not exist, so the answer shows that the caller
 * belongs to the account in the ARN.
 */
async function createTopic(
  sns: SNSClient,
  { TopicArn, ...made }: TopicStep['input'],
): Promise<void> {
  if (await exists(sns, TopicArn)) return;
  const { KmsMasterKeyId, Tags, put = [] } = made;
  const Policy = merge(null, { put, remove: [] }, maxPolicySize);
  const { TopicArn: arn } = await sns.send(
    new CreateTopicCommand({
      Name: TopicArn.split(':')[5],
      Attributes: { ...(KmsMasterKeyId && { KmsMasterKeyId }), ...(Policy && { Policy }) },
      ...(Tags && { Tags: [...Tags] }),
    }),
  );
  if (arn !== TopicArn) throw new ForeignTopicError(`CreateTopic made ${arn}, not ${TopicArn}`);
}

const exists = (sns: SNSClient, TopicArn: string): Promise<boolean> =>
  sns.send(new GetTopicAttributesCommand({ TopicArn })).then(
    () => true,
    (error: unknown) => {
      if (nameOf(error) === 'NotFoundException') return false;
      throw error;
    },
  );

/** In bytes. Source: Amazon SNS developer guide, "Amazon SNS API permissions", "Policy quotas". */
const maxPolicySize = 30_720;

async function putPolicy(sns: SNSClient, TopicArn: string, edit: PolicyEdit): Promise<void> {
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const present = Attributes?.Policy;
  if (present === undefined) throw new NotReportedError('GetTopicAttributes returned no Policy');
  const policy = merge(present, edit, maxPolicySize);
  if (policy === null) return;
  await writePolicy(policy, (value) => setAttribute(sns, TopicArn, 'Policy', value));
}

const setAttribute = async (
  sns: SNSClient,
  TopicArn: string,
  AttributeName: string,
  AttributeValue: string,
): Promise<void> =>
  void (await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue })));

/** An empty key ends the encryption of a topic. */
const keyOrNone = (key: string): string => (key === notEncrypted ? '' : key);

const clientFor = (aws: Aws, arn: string) =>
  aws.dependenciesIn(accountOf(arn)).snsIn(regionOf(arn));

/** The attributes of a topic that is not encrypted have no key. */
function attributesIn(
  attributes: Readonly<Record<string, string>> | undefined,
  wanted: Partial<Topic>,
  requests: readonly Request[],
): Partial<Topic> {
  if (attributes === undefined) return {};
  const { Policy, KmsMasterKeyId } = attributes;
  const isPolicyWanted = Policy !== undefined && isAnyWanted(wanted);
  return {
    KmsMasterKeyId: KmsMasterKeyId || notEncrypted,
    ...(isPolicyWanted && partsOf(Policy, requests, comparable(wanted))),
  };
}

/** At most this many pages of 100 are read. */
const maxPages = 5;

async function subscriptionsOf(sns: SNSClient, TopicArn: string): Promise<Partial<Topic>> {
  const read = await readOr(allSubscriptions(sns, TopicArn));
  if (read === null || read === gone) return {};
  if (read === accessDenied || read === tooMany) return { Subscriptions: read };
  const texts = read.map(subscriptionText);
  return texts.some((text) => text === undefined)
    ? {}
    : { Subscriptions: texts.filter((text) => typeof text === 'string').toSorted() };
}

/** Null if they are not reported. */
async function allSubscriptions(
  client: SNSClient,
  TopicArn: string,
): Promise<readonly Subscription[] | typeof tooMany | null> {
  const found: Subscription[] = [];
  let pages = 0;
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
    pages += 1;
    if (page.Subscriptions === undefined) return null;
    if (pages > maxPages) return tooMany;
    found.push(...page.Subscriptions);
  }
  return found;
}

/** A confirmed subscription as text; null for one that is not confirmed, and undefined if it is not reported. */
function subscriptionText({
  SubscriptionArn,
  Protocol,
  Endpoint,
}: Subscription): string | null | undefined {
  if (SubscriptionArn === undefined || Protocol === undefined || Endpoint === undefined) {
    return undefined;
  }
  return SubscriptionArn.startsWith('arn:') ? `${Protocol} ${withoutSecret(Endpoint)}` : null;
}

/** An endpoint as people may see it: of a URL, whose path or query may be a secret, the host and a fingerprint of the whole. */
function withoutSecret(endpoint: string): string {
  if (!URL.canParse(endpoint) || !/^https?:/i.test(endpoint)) return endpoint;
  const { protocol, host } = new URL(endpoint);
  const fingerprint = createHash('sha256').update(endpoint).digest('hex').slice(0, 12);
  return `${protocol}//${host}/… (SHA-256 ${fingerprint}…)`;
}

/** Tags of `aws:` are reserved. */
async function tagsOf(sns: SNSClient, ResourceArn: string): Promise<Partial<Topic>> {
  const read = await readOr(sns.send(new ListTagsForResourceCommand({ ResourceArn })));
  if (read === gone) return {};
  if (read === accessDenied) return { Tags: read };
  const tags = read.Tags?.filter(({ Key }) => !Key?.startsWith('aws:'));
  const complete = tags?.filter(isComplete).map(({ Key, Value }) => ({ Key, Value }));
  return tags === undefined || complete?.length !== tags.length
    ? {}
    : { Tags: complete.toSorted(byKey) };
}

const isComplete = (tag: { readonly [name in keyof Tag]: string | undefined }): tag is Tag =>
  tag.Key !== undefined && tag.Value !== undefined;

const byKey = (one: Tag, other: Tag): number => (one.Key < other.Key ? -1 : 1);
