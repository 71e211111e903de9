import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Aws } from '#aws/clients.ts';
import { bucket } from '#drift/dependencies/bucket.ts';
import { key } from '#drift/dependencies/key.ts';
import { logRole } from '#drift/dependencies/log-role.ts';
import { type PolicyStatement, statementsIn } from '#drift/dependencies/policy-document.ts';
import type { PolicyEdit } from '#drift/dependencies/policy-edit.ts';
import { isSameStatement } from '#drift/dependencies/statement-meaning.ts';
import { topic } from '#drift/dependencies/topic.ts';
import type { DriftKind } from '#drift/kind.ts';
import { policyText, statements } from '../support/policies.ts';
import { runs } from '../support/property-runs.ts';

// Each policy that trailkeeper writes is read first and merged, and stays within the limit of its service. A log group has no policy that
// CloudTrail needs: it writes there with a role, whose trust policy is one of these.

type Written = {
  readonly kind: DriftKind;
  readonly action: string;
  readonly input: object;
  /** In bytes, as AWS documents it; of IAM in characters. */
  readonly limit: number;
  /** How the policy is read, and the member of the write that has it. */
  readonly answer: (policy: string) => object;
  readonly member: string;
};

const policies: readonly (readonly [string, Written])[] = [
  [
    'bucket',
    {
      kind: bucket as unknown as DriftKind,
      ...{ action: 'PutBucketPolicy', member: 'Policy', limit: 20 * 1024 },
      input: { Bucket: 'logs', ExpectedBucketOwner: '111122223333' },
      answer: (Policy) => ({ Policy }),
    },
  ],
  [
    'key',
    {
      kind: key as unknown as DriftKind,
      ...{ action: 'PutKeyPolicy', member: 'Policy', limit: 32 * 1024 },
      input: { KeyId: 'arn:aws:kms:us-east-1:111122223333:key/1' },
      answer: (Policy) => ({ Policy }),
    },
  ],
  [
    'topic',
    {
      kind: topic as unknown as DriftKind,
      ...{ action: 'SetTopicAttributes', member: 'AttributeValue', limit: 30 * 1024 },
      input: { TopicArn: 'arn:aws:sns:us-east-1:111122223333:logs' },
      answer: (Policy) => ({ Attributes: { Policy } }),
    },
  ],
  [
    'role',
    {
      kind: logRole as unknown as DriftKind,
      ...{ action: 'UpdateAssumeRolePolicy', member: 'PolicyDocument', limit: 4096 },
      input: { RoleArn: 'arn:aws:iam::111122223333:role/logs' },
      answer: (policy) => ({ Role: { AssumeRolePolicyDocument: encodeURIComponent(policy) } }),
    },
  ],
];

/** Applies an edit to a present policy; what was written, or null if nothing was. */
async function written(
  { kind, action, input, answer, member }: Written,
  present: string,
  edit: PolicyEdit,
): Promise<string | null> {
  let put: string | null = null;
  const client = {
    async send({ constructor: { name }, input: sent }: { readonly input: object }) {
      if (name.startsWith('Get')) return answer(present);
      put = String(Reflect.get(sent, member));
      return {};
    },
  };
  const clients = { s3In: () => client, kmsIn: () => client, snsIn: () => client, iam: client };
  const cloudtrail = { config: { region: async () => 'us-east-1' } };
  const aws = { cloudtrail, dependenciesIn: () => clients } as unknown as Aws;
  await kind.apply(aws, { action, input: { ...input, ...edit } });
  return put;
}

const allow: PolicyStatement = {
  Effect: 'Allow',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  Action: 'sts:AssumeRole',
};
const others = (Sid: string): PolicyStatement => ({
  ...{ Sid, Effect: 'Allow', Action: 'sts:AssumeRole' },
  Principal: { AWS: '111122223333' },
});
const documentOf = (...Statement: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

/** A policy that is there: only buckets can have none. */
const document = policyText.filter((text) => text !== null);

describe.each(policies)('the policy of a %s', (_what, policy) => {
  test('is written up to its limit, and not beyond', async () => {
    const room = policy.limit - documentOf(others(''), allow).length;
    const edit = { put: [allow], remove: [] };

    const full = await written(policy, documentOf(others('x'.repeat(room))), edit);
    const beyond = written(policy, documentOf(others('x'.repeat(room + 1))), edit);

    expect(full).toHaveLength(policy.limit);
    await expect(beyond).rejects.toMatchObject({
      name: 'PolicyTooLargeError',
      message: expect.stringContaining(
        `would have ${policy.limit + 1} bytes, and the limit is ${policy.limit}`,
      ),
    });
  });

  test('keeps what others wrote, and is written once', async () => {
    await fc.assert(
      fc.asyncProperty(document, statements, statements, async (present, put, remove) => {
        const edit = { put: [...put, allow], remove };
        fc.pre(present.length + JSON.stringify(edit).length < policy.limit);
        const first = (await written(policy, present, edit)) ?? present;

        const kept = statementsIn(JSON.parse(first));
        for (const one of statementsIn(JSON.parse(present))) {
          if (remove.some((other) => isSameStatement(one, other))) continue;
          expect(kept).toContainEqual(one);
        }
        expect(kept.some((one) => isSameStatement(one, allow))).toBe(true);
        expect(await written(policy, first, edit)).toBeNull();
      }),
      { numRuns: runs(100) },
    );
  });
});
