import fc from 'fast-check';
import type { PolicyStatement } from '#drift/dependencies/policy-document.ts';
import type { Json } from '#text/diff.ts';

/** Statements that IAM accepts, of a bucket, with few values, so that some are equal. */
export const statement: fc.Arbitrary<PolicyStatement> = fc
  .record(
    {
      Sid: fc.constantFrom('One', 'Two', 'Three'),
      Effect: fc.constantFrom('Allow', 'Deny'),
      Principal: fc.oneof(
        fc.constant('*'),
        fc.record({ Service: some('cloudtrail.amazonaws.com', 'config.amazonaws.com') }),
        fc.record({
          AWS: some('*', '111122223333', '222233334444', 'arn:aws:iam::111122223333:role/reader'),
        }),
      ),
      Action: some('s3:GetBucketAcl', 's3:PutObject', 's3:*', 's3:Delete*'),
      Resource: some('arn:aws:s3:::the-logs', 'arn:aws:s3:::the-logs/*'),
      Condition: fc.record(
        {
          StringEquals: fc.record(
            { 'aws:SourceArn': some('arn:1', 'arn:2'), 's3:x-amz-acl': some('private') },
            { requiredKeys: [] },
          ),
          Bool: fc.record({ 'aws:SecureTransport': fc.constantFrom('true', 'false') }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['Effect', 'Principal', 'Action', 'Resource'] },
  )
  .map((one) => one as unknown as PolicyStatement);

/** One of the values or several, as IAM accepts either. */
function some(...values: readonly string[]): fc.Arbitrary<Json> {
  return fc.oneof(
    fc.constantFrom(...values),
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 }),
  );
}

export const statements = fc.array(statement, { maxLength: 4 });

/** The text of a policy with these statements, or of none. A single statement may be no list. */
export const policyText: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 6,
    arbitrary: fc
      .record(
        {
          Version: fc.constantFrom('2012-10-17', '2008-10-17'),
          Id: fc.constant('the-policy'),
          Statement: fc.oneof(statements, statement),
        },
        { requiredKeys: ['Statement'] },
      )
      .map((document) => JSON.stringify(document)),
  },
);

/** The same statement, spelled in another way that means the same. `seed` decides how. */
export function respelled(statement: PolicyStatement, seed: number): PolicyStatement {
  const entries = Object.entries(statement)
    .filter(([element]) => element !== 'Sid')
    .map(([element, value]): [string, Json] => [element, spelled(element, value, seed)]);
  const turned = seed % 2 === 0 ? entries : entries.toReversed();
  return Object.fromEntries([...turned, ...(seed % 3 === 0 ? [] : [['Sid', `Other${seed}`]])]);
}

function spelled(element: string, value: Json, seed: number): Json {
  if (element === 'Action') return listed(value, seed, seed % 2 ? upper : same);
  if (element === 'Resource') return listed(value, seed);
  if (element === 'Principal') return principal(value, seed);
  return element === 'Condition' ? condition(value as Conditions, seed) : value;
}

const upper = (text: string) => text.toUpperCase();
const same = (text: string) => text;
const asRoot = (text: string) => (/^\d{12}$/.test(text) ? `arn:aws:iam::${text}:root` : text);

/** A list in another order, or its only value. */
function listed(value: Json, seed: number, rename: (text: string) => string = same): Json {
  const list = [value].flat().map((one) => rename(String(one)));
  if (list.length === 1 && seed % 2 === 0) return list[0] ?? '';
  return seed % 3 === 0 ? list.toReversed() : [...list, ...list];
}

function principal(value: Json, seed: number): Json {
  if (typeof value === 'string') return seed % 2 ? { AWS: value } : value;
  return Object.fromEntries(
    Object.entries(value as Conditions).map(([type, names]) => [
      type,
      listed(names, seed, seed % 5 ? asRoot : same),
    ]),
  );
}

type Conditions = { readonly [operator: string]: { readonly [key: string]: Json } };

const condition = (operators: Conditions, seed: number): Json =>
  Object.fromEntries(
    Object.entries(operators).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, values]) => [
          seed % 2 ? upper(key) : key,
          listed(values, seed),
        ]),
      ),
    ]),
  );
