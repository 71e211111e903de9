import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PolicyStatement, statementsIn } from '#drift/dependencies/policy-document.ts';
import { editFor, merge, type PolicyEdit, smallerEdits } from '#drift/dependencies/policy-edit.ts';
import { partsOf } from '#drift/dependencies/policy-parts.ts';
import { isSameStatement } from '#drift/dependencies/statement-meaning.ts';
import { policyText, respelled, statement, statements } from '../support/policies.ts';

const seed = fc.nat({ max: 100 });
const noLimit = Number.MAX_SAFE_INTEGER;
const edit = fc.record({ put: statements, remove: statements });

const requests = [
  {
    action: 's3:PutObject',
    resource: 'arn:aws:s3:::the-logs/AWSLogs/*',
    keys: { 'aws:sourcearn': 'arn:1', 'aws:securetransport': 'true' },
  },
];

test('a statement of others keeps a number that JavaScript cannot hold', () => {
  const others = { ...write, Condition: { NumericEquals: { 's3:max-keys': 'NUMBER' } } };
  const number = '12345678901234567890';
  const policy = JSON.stringify({ Statement: [others] }).replace('"NUMBER"', number);

  expect(merge(policy, { put: [write], remove: [] }, noLimit)).toContain(number);
});

describe('two statements', () => {
  test('mean the same if they are spelled differently, and whichever is compared', () => {
    fc.assert(
      fc.property(statement, seed, (one, how) => {
        const other = respelled(one, how);

        expect(isSameStatement(one, one)).toBe(true);
        expect(isSameStatement(one, other)).toBe(true);
        expect(isSameStatement(other, one)).toBe(true);
      }),
    );
  });

  test.each<[string, PolicyStatement, PolicyStatement]>([
    ['NotAction', { NotAction: 'S3:Get*' }, { NotAction: ['s3:get*'] }],
    ['NotResource', { NotResource: ['b', 'a'] }, { NotResource: ['a', 'b', 'a'] }],
    [
      'NotPrincipal',
      { NotPrincipal: { AWS: 'arn:aws-cn:iam::111122223333:root' } },
      { NotPrincipal: { AWS: ['111122223333'] } },
    ],
    ['everyone', { Principal: '*' }, { Principal: { AWS: '*' } }],
    [
      'keys',
      { Condition: { Null: { 'AWS:A': 'true' } } },
      { Condition: { Null: { 'aws:a': 'true' } } },
    ],
    ['Sid', { Sid: 'A' }, { Sid: 'B' }],
  ])('mean the same with %s in another spelling', (_what, one, other) => {
    expect(isSameStatement({ ...write, ...one }, { ...write, ...other })).toBe(true);
  });

  test.each<[string, PolicyStatement, PolicyStatement]>([
    [
      'a role whose name ends like the root',
      { Principal: { AWS: 'arn:aws:iam::111122223333:root/x' } },
      { Principal: { AWS: '111122223333' } },
    ],
    [
      'a text that contains the ARN of the root',
      { Principal: { AWS: 'x arn:aws:iam::111122223333:root' } },
      { Principal: { AWS: '111122223333' } },
    ],
    [
      'keys that differ in case only',
      { Condition: { Null: { A: 'true', a: 'false' } } },
      { Condition: { Null: { a: 'true', A: 'false' } } },
    ],
    ['the case of a resource', { NotResource: 'a' }, { NotResource: 'A' }],
    ['a condition that is text', { Condition: 'x' }, { Condition: 'y' }],
  ])('do not mean the same with %s', (_what, one, other) => {
    expect(isSameStatement({ ...write, ...one }, { ...write, ...other })).toBe(false);
  });

  test('are compared alike in both directions', () => {
    fc.assert(
      fc.property(statement, statement, (one, other) => {
        expect(isSameStatement(one, other)).toBe(isSameStatement(other, one));
      }),
    );
  });

  test.each<[string, PolicyStatement]>([
    ['effect', { Effect: 'Deny' }],
    ['action', { Action: 's3:PutObjectAcl' }],
    ['resource, whose case matters', { Resource: 'arn:aws:s3:::the-logs/awslogs/*' }],
    ['principal', { Principal: { Service: 'config.amazonaws.com' } }],
    ['account', { Principal: { AWS: '111122223333' } }],
    ['condition', { Condition: { StringEquals: { 'aws:SourceArn': 'arn:2' } } }],
    ['operator', { Condition: { StringLike: { 'aws:SourceArn': 'arn:1' } } }],
    ['element', { NotAction: 's3:PutObject' }],
  ])('do not mean the same with another %s', (_what, difference) => {
    expect(isSameStatement(write, { ...write, ...difference })).toBe(false);
  });
});

// Source: IAM user guide, "IAM JSON policy elements: Version": in an older version, variables are plain text.

describe('the version of a policy', () => {
  const ofCaller = { ...write, Resource: `arn:aws:s3:::the-logs/AWSLogs/\${aws:SourceAccount}/*` };
  const others = { ...write, Principal: { AWS: '111122223333' } };
  const latest = { Version: '2012-10-17', Statement: [others, ofCaller] };
  const older = JSON.stringify({ ...latest, Version: '2008-10-17' });
  const captured = partsOf(JSON.stringify(latest), requests);

  test.each([
    ['an older one', older],
    ['none', JSON.stringify({ Statement: latest.Statement })],
  ])('is restored from %s if a statement of CloudTrail has variables', (_version, policy) => {
    const found = partsOf(policy, requests, captured);
    const merged = merge(policy, editFor(captured, found), noLimit);

    expect(found.CloudTrailStatements).toStrictEqual([]);
    expect(JSON.parse(merged ?? '')).toStrictEqual(latest);
  });

  test('does not matter without variables', () => {
    const policy = JSON.stringify({ Version: '2008-10-17', Statement: [others, write] });
    const known = partsOf(JSON.stringify({ ...latest, Statement: [others, write] }), requests);

    expect(partsOf(policy, requests, known)).toStrictEqual(known);
    expect(merge(policy, { put: [others], remove: [] }, noLimit)).toBeNull();
  });

  test('that was captured stays', () => {
    const known = partsOf(older, requests);

    expect(partsOf(older, requests, known)).toStrictEqual(known);
  });
});

describe('a merged policy', () => {
  test('keeps what others wrote, as it is written and in its order', () => {
    fc.assert(
      fc.property(policyText, edit, (policy, { put, remove }) => {
        const merged = mergedOr(policy, { put, remove });
        const others = statementsIn(document(policy)).filter((one) => !includes(remove, one));

        const { Statement: _, ...members } = document(merged);
        const { Statement: __, ...before } = document(policy);

        expect(
          statementsIn(document(merged)).filter((one) => includes(others, one, true)),
        ).toStrictEqual(others);
        expect(members).toMatchObject(before);
      }),
    );
  });

  test('has each statement that was put, and none that was removed and not put', () => {
    fc.assert(
      fc.property(policyText, edit, (policy, { put, remove }) => {
        const found = statementsIn(document(mergedOr(policy, { put, remove })));

        for (const one of put) expect(includes(found, one)).toBe(true);
        for (const one of remove) expect(includes(found, one)).toBe(includes(put, one));
      }),
    );
  });

  test('is not changed by the same edit again', () => {
    fc.assert(
      fc.property(policyText, edit, (policy, one) => {
        expect(merge(mergedOr(policy, one), one, noLimit)).toBeNull();
      }),
    );
  });

  test('is not changed by the same edit in another spelling', () => {
    fc.assert(
      fc.property(policyText, edit, seed, (policy, { put, remove }, how) => {
        const again = {
          put: put.map((one) => respelled(one, how)),
          remove: remove.map((one) => respelled(one, how)),
        };

        expect(merge(mergedOr(policy, { put, remove }), again, noLimit)).toBeNull();
      }),
    );
  });

  test('gets a statement once, if it is to be added in two spellings', () => {
    const [one, other] = [write, { ...write, Resource: ['arn:aws:s3:::the-logs/AWSLogs/*'] }];
    const written = merge(null, { put: [one, other], remove: [] }, noLimit);

    expect(JSON.parse(written ?? '').Statement).toEqual([one]);
  });

  test('is the same after its smaller edits', () => {
    fc.assert(
      fc.property(policyText, edit, (policy, { put, remove }) => {
        const only = { put, remove: remove.filter((one) => !includes(put, one)) };
        const inParts = smallerEdits(only).reduce(mergedOr, policy);

        if (smallerEdits(only).length > 0) expect(inParts).toBe(mergedOr(policy, only));
      }),
    );
  });

  // If an edit had itself as a part, a refused one would be sent again without end.
  test('is edited in smaller parts that together are the whole', () => {
    const size = ({ put, remove }: PolicyEdit) => put.length + remove.length;
    fc.assert(
      fc.property(edit, (whole) => {
        const parts = smallerEdits(whole);

        for (const part of parts) {
          expect(size(part)).toBeGreaterThan(0);
          expect(size(part)).toBeLessThan(size(whole));
          expect(smallerEdits(part)).toEqual([]);
        }
        const isPart = whole.put.length === 0 || size(whole) === 1;
        expect({
          put: parts.flatMap(({ put }) => put),
          remove: parts.flatMap(({ remove }) => remove),
        }).toEqual(isPart ? { put: [], remove: [] } : whole);
      }),
    );
  });

  test('is never larger than the limit', () => {
    fc.assert(
      fc.property(policyText, statements, fc.nat({ max: 2000 }), (policy, put, limit) => {
        const written = resultOf(() => merge(policy, { put, remove: [] }, limit));

        if (typeof written === 'string')
          expect(Buffer.byteLength(written)).toBeLessThanOrEqual(limit);
        else if (written !== null) expect(written).toMatchObject({ name: 'PolicyTooLargeError' });
      }),
    );
  });

  test('counts its bytes, not its letters', () => {
    const policy = JSON.stringify({ Statement: [write] });
    const put = [{ ...write, Sid: 'ü', Action: 's3:GetBucketAcl' }];
    const letters = JSON.stringify({ Statement: [write, ...put] }).length;

    expect(() => merge(policy, { put, remove: [] }, letters)).toThrow(
      `would have ${letters + 1} bytes, and the limit is ${letters}`,
    );
    expect(merge(policy, { put, remove: [] }, letters + 1)).toContain('ü');
  });

  test('may still lose a Deny when it is larger than the limit', () => {
    const deny = { ...write, Effect: 'Deny' };
    const policy = JSON.stringify({ Statement: [write, deny] });

    expect(merge(policy, { put: [], remove: [deny] }, 1)).toBe(
      JSON.stringify({ Statement: [write] }),
    );
  });

  test('keeps a statement that an edit both puts and removes', () => {
    const policy = JSON.stringify({ Statement: [write] });

    expect(merge(policy, { put: [write], remove: [write] }, noLimit)).toBeNull();
  });

  test('does not use a Sid twice', () => {
    const policy = JSON.stringify({ Statement: [{ ...write, Sid: 'A' }] });
    const put = [
      { ...write, Sid: 'A', Action: 's3:GetBucketAcl' },
      { ...write, Sid: 'B', Action: 's3:Get*' },
      { ...write, Sid: 'B', Action: 's3:List*' },
    ];

    const Sids = statementsIn(document(mergedOr(policy, { put, remove: [] }))).map(
      ({ Sid }) => Sid,
    );

    expect(Sids).toStrictEqual(['A', undefined, 'B', undefined]);
  });

  test('is not written if nothing would be left', () => {
    const policy = JSON.stringify({ Statement: write });

    expect(() => merge(policy, { put: [], remove: [write] }, noLimit)).toThrow(
      expect.objectContaining({ name: 'EmptyPolicyError' }),
    );
  });

  test.each(['', 'no JSON', '7', 'null', '[]', '{"Statement":[7]}'])(
    'is not made of %j',
    (policy) => {
      expect(() => merge(policy, { put: [write], remove: [] }, noLimit)).toThrow(
        expect.objectContaining({ name: 'UnreadablePolicyError' }),
      );
    },
  );
});

describe('the parts of a policy', () => {
  test('are empty lists if it has no statements', () => {
    const parts = { CloudTrailStatements: [], Denials: [], OtherStatements: [] };

    expect(partsOf('{}', requests)).toStrictEqual(parts);
    expect(partsOf(null, requests)).toStrictEqual(parts);
  });

  test('are captured in an order that does not depend on that of the policy', () => {
    const different = fc.uniqueArray(statement, { comparator: isSameStatement });
    fc.assert(
      fc.property(different, (Statement) => {
        const turned = JSON.stringify({ Statement: Statement.toReversed() });

        expect(partsOf(turned, requests)).toStrictEqual(
          partsOf(JSON.stringify({ Statement }), requests),
        );
      }),
    );
  });

  test('contain each of its statements once', () => {
    fc.assert(
      fc.property(policyText, (policy) => {
        const { CloudTrailStatements, Denials, OtherStatements } = partsOf(policy, requests);
        const all = [CloudTrailStatements, Denials, OtherStatements].flatMap((part) => part ?? []);

        expect(all).toHaveLength(statementsIn(document(policy)).length);
        for (const one of statementsIn(document(policy))) expect(all).toContainEqual(one);
      }),
    );
  });

  test('are those of the baseline if the policy says the same in other words', () => {
    fc.assert(
      fc.property(policyText, seed, (policy, how) => {
        const captured = partsOf(policy, requests);
        const Statement = statementsIn(document(policy)).map((one) => respelled(one, how));

        const again = JSON.stringify({ Statement: Statement.toReversed() });

        expect(partsOf(again, requests, captured)).toStrictEqual(captured);
      }),
    );
  });

  test('lead to an edit after which CloudTrail has what it had, and no Deny more', () => {
    fc.assert(
      fc.property(policyText, policyText, (before, after) => {
        const captured = partsOf(before, requests);
        const repair = editFor(captured, partsOf(after, requests, captured));
        const policy = resultOf(() => mergedOr(after, repair));

        if (policy instanceof Error) {
          expect(policy).toMatchObject({ name: 'EmptyPolicyError' });
          return;
        }
        const found = statementsIn(document(policy));
        const needed = [...(captured.CloudTrailStatements ?? []), ...(captured.Denials ?? [])];
        for (const one of needed) expect(includes(found, one)).toBe(true);
        expect(partsOf(policy, requests, captured).Denials).toStrictEqual(captured.Denials);
      }),
    );
  });

  test('lead to an edit that removes nothing but Denies', () => {
    fc.assert(
      fc.property(policyText, policyText, (before, after) => {
        const captured = partsOf(before, requests);

        const { remove } = editFor(captured, partsOf(after, requests, captured));

        for (const { Effect } of remove) expect(Effect).toBe('Deny');
      }),
    );
  });

  test('are what CloudTrail is allowed, what it may be denied, and the rest', () => {
    const reader = { ...write, Principal: { AWS: '111122223333' } };
    const insecure = { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    const policy = JSON.stringify({ Statement: [deny, write, insecure, reader] });

    const { OtherStatements, ...ofCloudTrail } = partsOf(policy, requests);

    expect(ofCloudTrail).toStrictEqual({ CloudTrailStatements: [write], Denials: [deny] });
    expect(new Set(OtherStatements)).toStrictEqual(new Set([insecure, reader]));
  });

  test('are null where they are not protected', () => {
    const policy = JSON.stringify({ Statement: [write, deny] });
    const desired = { CloudTrailStatements: null, Denials: null, OtherStatements: null };

    expect(partsOf(policy, requests, desired)).toStrictEqual(desired);
    expect(editFor(desired, desired)).toStrictEqual({ put: [], remove: [] });
    expect(editFor(desired, partsOf(policy, requests))).toStrictEqual({ put: [], remove: [] });
  });

  test('count a permission that was added for CloudTrail among the others', () => {
    const added = { ...write, Condition: {} };
    const captured = partsOf(JSON.stringify({ Statement: [write] }), requests);

    const { CloudTrailStatements, OtherStatements } = partsOf(
      JSON.stringify({ Statement: [write, added] }),
      requests,
      captured,
    );

    expect(CloudTrailStatements).toStrictEqual([write]);
    expect(OtherStatements).toStrictEqual([added]);
  });
});

const write: PolicyStatement = {
  Effect: 'Allow',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::the-logs/AWSLogs/*',
  Condition: { StringEquals: { 'aws:SourceArn': 'arn:1' } },
};

const deny: PolicyStatement = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: 'arn:aws:s3:::the-logs/*',
};

const document = (policy: string | null): Readonly<Record<string, unknown>> =>
  policy === null ? {} : JSON.parse(policy);

/** The policy after a merge without a limit. Only an empty policy cannot be written: it stays as it was, without statements. */
function mergedOr(
  policy: string | null,
  edit: { readonly put: readonly PolicyStatement[]; readonly remove: readonly PolicyStatement[] },
): string | null {
  const { put, remove } = edit;
  const last = statementsIn(document(policy)).every((one) => includes(remove, one));
  const isEmptied = last && put.length === 0 && policy !== null;
  if (isEmptied && statementsIn(document(policy)).length > 0) {
    return JSON.stringify({ ...document(policy), Statement: [] });
  }
  return merge(policy, edit, noLimit) ?? policy;
}

const includes = (
  list: readonly PolicyStatement[],
  one: PolicyStatement,
  exactly = false,
): boolean =>
  list.some((other) =>
    exactly ? JSON.stringify(other) === JSON.stringify(one) : isSameStatement(other, one),
  );

function resultOf<Result>(of: () => Result): Result | Error {
  try {
    return of();
  } catch (error) {
    return error as Error;
  }
}
