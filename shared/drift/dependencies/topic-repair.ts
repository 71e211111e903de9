import { without } from '#text/diff.ts';
import type { Refusal } from '../kind.ts';
import { gone, isDenial, there } from './dependency.ts';
import type { PolicyStatement } from './policy-document.ts';
import { editFor, isEmpty, smallerEdits } from './policy-edit.ts';
import { capturedParts, isRead } from './policy-parts.ts';
import type { Tag, Topic, TopicStep } from './topic-state.ts';

/** What is observed as the key of a topic that is not encrypted. */
export const notEncrypted = 'none';

/** The steps from the actual to the desired state. Subscriptions are left to people: their endpoints have to confirm them. */
export function topicSteps(TopicArn: string, desired: Topic, actual: Topic): readonly TopicStep[] {
  if (actual.Existence === gone) {
    return desired.Existence === there ? [creation(TopicArn, desired)] : [];
  }
  return [
    ...encryptionSteps(TopicArn, desired, actual),
    ...policySteps(TopicArn, desired, actual),
    ...tagSteps(TopicArn, desired, actual),
  ];
}

/** The parts of a refused step: a topic is also made without what was refused, and each statement is put alone. */
export function topicParts({ action, input }: TopicStep, { error }: Refusal): readonly TopicStep[] {
  const { TopicArn, put = [], remove = [] } = input;
  if (action === 'SetTopicAttributes') {
    if (isDenial(error)) return [];
    return smallerEdits({ put, remove }).map((edit) => ({ action, input: { TopicArn, ...edit } }));
  }
  if (action !== 'CreateTopic' || Object.keys(input).length === 1) return [];
  const { KmsMasterKeyId, Tags } = input;
  return [
    { action, input: { TopicArn } },
    ...(KmsMasterKeyId === undefined ? [] : [encryption(TopicArn, KmsMasterKeyId)]),
    ...(put.length === 0 ? [] : [policy(TopicArn, put, [])]),
    ...(Tags === undefined ? [] : [tagging(TopicArn, Tags)]),
  ];
}

/** A new topic is made whole in one call, so that it never has another policy. */
function creation(TopicArn: string, desired: Topic): TopicStep {
  const { CloudTrailStatements, Denials, OtherStatements } = capturedParts(desired);
  const put = [...(CloudTrailStatements ?? []), ...(Denials ?? []), ...(OtherStatements ?? [])];
  const { KmsMasterKeyId: key } = desired;
  const tags = tagsIn(desired) ?? [];
  return {
    action: 'CreateTopic',
    input: {
      TopicArn,
      ...(key !== null && key !== notEncrypted && { KmsMasterKeyId: key }),
      ...(put.length > 0 && { put }),
      ...(tags.length > 0 && { Tags: tags }),
    },
  };
}

function encryptionSteps(TopicArn: string, desired: Topic, actual: Topic): readonly TopicStep[] {
  const [key, now] = [desired.KmsMasterKeyId, actual.KmsMasterKeyId];
  const isOther = key !== null && typeof now === 'string' && key !== now;
  return isOther ? [encryption(TopicArn, key)] : [];
}

function policySteps(TopicArn: string, desired: Topic, actual: Topic): readonly TopicStep[] {
  if (!isRead(actual)) return [];
  const edit = editFor(capturedParts(desired), capturedParts(actual));
  return isEmpty(edit) ? [] : [policy(TopicArn, edit.put, edit.remove)];
}

function tagSteps(TopicArn: string, desired: Topic, actual: Topic): readonly TopicStep[] {
  const [wanted, now] = [tagsIn(desired), tagsIn(actual)];
  if (wanted === null || now === null) return [];
  const missing = without(wanted, now);
  const TagKeys = now.flatMap(({ Key }) => (wanted.some((one) => one.Key === Key) ? [] : [Key]));
  return [
    ...(missing.length === 0 ? [] : [tagging(TopicArn, missing)]),
    ...(TagKeys.length === 0 ? [] : [removal(TopicArn, TagKeys)]),
  ];
}

const tagsIn = ({ Tags }: Topic): readonly Tag[] | null =>
  typeof Tags === 'string' ? null : (Tags ?? null);

/** An empty key ends encryption. */
const encryption = (TopicArn: string, KmsMasterKeyId: string): TopicStep => ({
  action: 'SetTopicAttributes',
  input: { TopicArn, KmsMasterKeyId },
});

const policy = (
  TopicArn: string,
  put: readonly PolicyStatement[],
  remove: readonly PolicyStatement[],
): TopicStep => ({ action: 'SetTopicAttributes', input: { TopicArn, put, remove } });

const tagging = (TopicArn: string, Tags: readonly Tag[]): TopicStep => ({
  action: 'TagResource',
  input: { TopicArn, Tags },
});

const removal = (TopicArn: string, TagKeys: readonly string[]): TopicStep => ({
  action: 'UntagResource',
  input: { TopicArn, TagKeys },
});
