import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaseline } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import { tags as kind } from '#drift/tags.ts';
import { documentWith, now, states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import { callsOf } from '../support/kind-calls.ts';

type Tags = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;
type Tag = { readonly Key?: string; readonly Value?: string };

const { resolve, repaired: asked, impactOf, observe: observeIn } = callsOf(kind);
const observe = (list: readonly Tag[]) => observeIn(page(list));
const repaired = async (desired: Tags, actual: Tags | null) =>
  (await asked(desired, actual)) as readonly object[] as readonly Tagging[];

const tagged = (...TagsList: Tags['TagsList']): Tags => ({ TagsList });
const owner = { Key: 'owner', Value: 'security' };
const stage = { Key: 'stage', Value: 'live' };
const bare = { Key: 'bare', Value: '' };

const someTags = fc
  .uniqueArray(
    fc.record({
      Key: fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.string({ minLength: 1 })),
      Value: fc.constantFrom('', 'x', 'y'),
    }),
    { selector: ({ Key }) => Key, maxLength: 8 },
  )
  .filter((list) => list.every(({ Key }) => !Key.startsWith('aws:')));

describe('the tags of a live trail', () => {
  test('are read by the trail ARN', async () => {
    const { aws, asked } = answering({});

    await kind.observe(aws, trail, now);

    expect(asked).toStrictEqual([
      { operation: 'ListTags', input: { ResourceIdList: [trail.arn] } },
    ]);
  });

  test.each([
    {},
    { ResourceTagList: null },
    { ResourceTagList: [] },
    { ResourceTagList: [{ ResourceId: trail.arn }] },
    { ResourceTagList: [{ ResourceId: trail.arn, TagsList: [] }] },
  ])('are empty if the response is %j', async (body) => {
    expect(await kind.observe(answering(body).aws, trail, now)).toStrictEqual(tagged());
  });

  test('are read from every page', async () => {
    const { aws, asked } = answering([
      page([owner], 'second'),
      page([bare], 'third'),
      page([stage]),
    ]);

    expect(await kind.observe(aws, trail, now)).toStrictEqual(tagged(bare, owner, stage));
    expect(asked.map(({ input }) => input)).toStrictEqual([
      { ResourceIdList: [trail.arn] },
      { ResourceIdList: [trail.arn], NextToken: 'second' },
      { ResourceIdList: [trail.arn], NextToken: 'third' },
    ]);
  });

  test.each([null, ''])('are complete if the next page is %j', async (NextToken) => {
    const { aws, asked } = answering([{ ...page([owner]), NextToken }, page([stage])]);

    expect(await kind.observe(aws, trail, now)).toStrictEqual(tagged(owner));
    expect(asked).toHaveLength(1);
  });

  test('exclude tags of AWS', async () => {
    const ofAws = { Key: 'aws:cloudformation:stack-name', Value: 'x' };
    const alike = { Key: 'awsome', Value: 'x' };

    expect(await observe([ofAws, owner, alike])).toStrictEqual(tagged(alike, owner));
  });

  test('have an empty value if it is missing', async () => {
    expect(await observe([{ Key: 'bare' }])).toStrictEqual(tagged(bare));
  });

  test('are kept if one has no key, which cannot be captured', async () => {
    const observed = await observe([{ Value: 'x' }]);

    expect(observed).toStrictEqual(tagged({ Key: '', Value: 'x' }));
    expect(kind.state.safeParse(observed).success).toBe(false);
  });

  test('are unknown if AWS does not report them, unless the baseline has none', async () => {
    const seen = (body: object, state: Tags) =>
      kind.observe(answering(body).aws, trail, now, { tags: state });

    for (const body of [{}, { ResourceTagList: null }, { ResourceTagList: [{}] }]) {
      await expect(seen(body, tagged(owner))).rejects.toThrow('ListTags returned no TagsList');
      expect(await seen(body, tagged())).toStrictEqual(tagged());
    }
    await expect(seen(page([{ Value: 'x' } as Tag]), tagged())).rejects.toThrow('without Key');
  });

  test('ignore order', async () => {
    const shuffled = someTags.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([one, other]) => {
        expect(await observe(other)).toStrictEqual(await observe(one));
        expect(await resolve({ TagsList: other })).toStrictEqual(await observe(one));
      }),
    );
  });

  test('can be 50 in addition to tags of AWS', async () => {
    const ofAws = numbered(10).map(({ Key, Value }) => ({ Key: `aws:${Key}`, Value }));

    const observed = await observe([...numbered(50), ...ofAws]);

    expect(kind.state.safeParse(observed).error).toBeUndefined();
  });

  test('are null with the trail, for which ListTags has a separate error', async () => {
    const { aws } = refusing('ResourceNotFoundException');

    expect(await kind.observe(aws, trail, now)).toBeNull();
  });
});

describe('the repair of tags', () => {
  test('restores the desired state from any other', async () => {
    await fc.assert(
      fc.asyncProperty(someTags, fc.option(someTags), async (wanted, found) => {
        const desired = await observe(wanted);
        const asked = await repaired(desired, found && (await observe(found)));

        expect(await observe(asked.reduce(tag, found ?? []))).toStrictEqual(desired);
      }),
    );
  });

  test('does not write a tag in sync', async () => {
    await fc.assert(
      fc.asyncProperty(someTags, someTags, async (wanted, found) => {
        const desired = await observe(wanted);
        const actual = await observe(found);
        const kept = actual.TagsList.filter(({ Key, Value }) =>
          desired.TagsList.some((one) => one.Key === Key && one.Value === Value),
        ).map(({ Key }) => Key);

        for (const { input } of await repaired(desired, actual)) {
          expect(input.TagsList.length).toBeGreaterThan(0);
          for (const { Key } of input.TagsList) expect(kept).not.toContain(Key);
        }
      }),
    );
  });

  test('adds missing tags with key and value', async () => {
    expect(await repaired(tagged(owner, stage), tagged(owner))).toStrictEqual([
      { operation: 'AddTags', input: { ResourceId: trail.arn, TagsList: [stage] } },
    ]);
  });

  test('removes unwanted tags with key and value', async () => {
    expect(await repaired(tagged(owner), tagged(owner, stage))).toStrictEqual([
      { operation: 'RemoveTags', input: { ResourceId: trail.arn, TagsList: [stage] } },
    ]);
  });

  test('overwrites a changed value without removing the tag', async () => {
    const theirs = { Key: 'owner', Value: 'them' };

    expect(await repaired(tagged(owner), tagged(theirs))).toStrictEqual([
      { operation: 'AddTags', input: { ResourceId: trail.arn, TagsList: [owner] } },
    ]);
  });

  test('removes before it adds, because a trail has at most 50', async () => {
    const asked = await repaired(tagged(owner), tagged(stage));

    expect(asked.map(({ operation }) => operation)).toStrictEqual(['RemoveTags', 'AddTags']);
  });

  test('sends no empty value, which CloudTrail refuses', async () => {
    const added = await repaired(tagged(bare), tagged({ Key: 'bare', Value: 'theirs' }));
    const removed = await repaired(tagged(), tagged(bare));

    for (const [asked] of [added, removed]) {
      expect(asked?.input.TagsList).toStrictEqual([{ Key: 'bare' }]);
    }
  });

  test('gives a new trail all tags, and makes no call if there are none', async () => {
    expect(await repaired(tagged(owner, stage), null)).toStrictEqual([
      { operation: 'AddTags', input: { ResourceId: trail.arn, TagsList: [owner, stage] } },
    ]);
    expect(await repaired(tagged(), null)).toStrictEqual([]);
  });
});

describe('tags that differ from the baseline', () => {
  test.each<[string, Tags, string[]]>([
    ['missing', tagged(), ['owner', 'stage']],
    ['changed in value', tagged(owner, { ...stage, Value: 'theirs' }), ['stage']],
    ['added', tagged(owner, stage, bare), ['bare']],
    ['others', tagged(bare, stage), ['owner', 'bare']],
  ])('are named once if they are %s', (_what, actual, keys) => {
    const { description, ...impact } = impactOf(tagged(owner, stage), actual);

    expect(impact).toStrictEqual({ severity: 'low', losesCoverage: false });
    expect(description).toContain(`(${keys.join(', ')})`);
  });
});

test('more than five tags that differ are counted', () => {
  expect(impactOf(tagged(), tagged(...numbered(5))).description).toMatch(/\(.*key 4\)/);
  expect(impactOf(tagged(), tagged(...numbered(7))).description).toMatch(
    /\(key 0, .*, key 4, and 2 more\)/,
  );
});

describe('tags in a baseline file', () => {
  test('are unchanged if they are canonical', async () => {
    expect(await resolve(states.tags)).toStrictEqual(states.tags);
    expect(await resolve(tagged())).toStrictEqual(tagged());
  });

  test.each<[string, unknown, string]>([
    ['no list', {}, 'TagsList: is missing'],
    ['null', { TagsList: null }, 'TagsList: must be a list: an empty one for no tags'],
    [
      'a duplicate key',
      tagged(owner, { ...owner, Value: 'x' }),
      'TagsList: must name each key once',
    ],
    ['no key', { TagsList: [{ Value: 'x' }] }, 'TagsList.0.Key: is missing'],
    ['a key that is not text', { TagsList: [{ Key: 1, Value: 'x' }] }, 'Key: must be text'],
    ['an empty key', tagged({ Key: '', Value: 'x' }), 'TagsList.0.Key: must not be empty'],
    [
      'a key that starts with aws:',
      tagged({ Key: 'aws:x', Value: '' }),
      'Key: must not begin with aws:',
    ],
    [
      'a key that is too long',
      tagged({ Key: '\u{1f512}'.repeat(129), Value: '' }),
      'TagsList.0.Key: must be at most 128 characters long',
    ],
    [
      'a value that is too long',
      tagged({ Key: 'a', Value: '\u{1f512}'.repeat(257) }),
      'TagsList.0.Value: must be at most 256 characters long',
    ],
    ['more than 50', tagged(...numbered(51)), 'TagsList: must hold at most 50 tags'],
    ['no value', { TagsList: [{ Key: 'a' }] }, 'TagsList.0.Value: is missing'],
    ['a value that is not text', { TagsList: [{ Key: 'a', Value: 1 }] }, 'Value: must be text'],
    [
      'an unknown field',
      { TagsList: [{ ...owner, Typo: 1 }] },
      'states.tags.TagsList.0: has fields',
    ],
  ])('are refused with %s', (_what, state, message) => {
    const document = documentWith({ 'states.tags': state });

    expect(() => parseBaseline(document, kinds)).toThrow('states.tags.TagsList');
    expect(() => parseBaseline(document, kinds)).toThrow(message);
  });

  test.each([
    ['50', tagged(...numbered(50))],
    ['long ones', tagged({ Key: '\u{1f512}'.repeat(128), Value: '\u{1f512}'.repeat(256) })],
  ])('can be as many and as long as CloudTrail accepts: %s', (_what, state) => {
    expect(kind.state.safeParse(state).error).toBeUndefined();
  });

  test('are refused if they cannot be stored', async () => {
    await expect(resolve(tagged(owner, owner))).rejects.toThrow('must name each key once');
  });
});

type Tagging = {
  readonly operation: string;
  readonly input: { readonly ResourceId: string; readonly TagsList: readonly Tag[] };
};

/** A trail's tags after a call: AddTags overwrites by key, RemoveTags compares keys. Source: CloudTrail API reference. */
function tag(before: readonly Tag[], { operation, input }: Tagging): readonly Tag[] {
  if (input.TagsList.some(({ Value }) => Value === '')) throw new Error('a value is too short');
  const keys = input.TagsList.map(({ Key }) => Key);
  const others = before.filter(({ Key }) => !keys.includes(Key));
  return operation === 'AddTags' ? [...others, ...input.TagsList] : others;
}

function numbered(count: number): Tags['TagsList'] {
  return Array.from({ length: count }, (_, index) => ({ Key: `key ${index}`, Value: 'x' }));
}

function page(TagsList: readonly Tag[], NextToken?: string): object {
  return { ResourceTagList: [{ ResourceId: trail.arn, TagsList }], NextToken };
}
