import { expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { windowSchema } from '#reconcile/maintenance-window.ts';
import { trail } from '../support/baseline.ts';

const schema = windowSchema(kinds);
const openWindow = {
  schema: 1,
  id: 'a-window',
  trail: trail.arn,
  kinds: ['settings', 'tags'],
  from: '2026-11-22T10:00:00Z',
  until: '2026-11-22T11:00:00Z',
  by: 'alice',
  reason: 'we move the bucket',
};

test('a maintenance window is read as it was written', () => {
  expect(schema.parse(openWindow)).toEqual(openWindow);
});

test('a deployment is a maintenance window on trailkeeper itself', () => {
  const deployment = { ...openWindow, trail: 'trailkeeper', kinds: ['deployment'] };

  expect(schema.parse(deployment)).toEqual(deployment);
});

test.each([
  ['a trail for a deployment', { kinds: ['deployment'] }, 'kinds'],
  ['trailkeeper itself for a drift kind', { trail: 'trailkeeper' }, 'kinds'],
  ['logging', { kinds: ['logging'] }, 'kinds'],
  ['a kind that there is not', { kinds: ['paint'] }, 'kinds'],
  ['no kind', { kinds: [] }, 'kinds'],
  ['no trail', { trail: 'org-trail' }, 'trail'],
  ['no reason', { reason: '' }, 'reason'],
  ['no one', { by: '' }, 'by'],
  ['an end before its beginning', { until: '2026-11-22T09:00:00Z' }, 'until'],
  ['an end that is no time', { until: 'tomorrow' }, 'until'],
  ['an end at its beginning', { until: openWindow.from }, 'until'],
  ['a drift kind and a deployment', { kinds: ['tags', 'deployment'] }, 'kinds'],
  ['an id that is no text', { id: 7 }, 'id'],
  ['an id with another character', { id: 'a window' }, 'id'],
  ['an id that is too long', { id: 'w'.repeat(65) }, 'id'],
  ['a name that is no text', { by: 7 }, 'by'],
  ['a reason that is no text', { reason: 7 }, 'reason'],
  ['a field that is not known', { force: true }, ''],
  ['a later schema', { schema: 2 }, 'schema'],
])(
  'a maintenance window of %s is refused, and the error says what its field must be',
  (_, edit, field) => {
    const { error } = schema.safeParse({ ...openWindow, ...edit });

    expect(error?.issues.map(({ path }) => path[0] ?? '')).toContain(field);
    for (const { message } of error?.issues ?? []) {
      expect(message).toMatch(/^(must \S.*\S|Unrecognized key.*)$/);
    }
  },
);

test('the error about a kind names those that can be suspended', () => {
  const { error } = schema.safeParse({ ...openWindow, kinds: ['logging'] });

  expect(error?.issues[0]?.message).toMatch(/: organization, .*, settings, .*, delivery$/);
  expect(error?.issues[0]?.message).not.toContain('logging');
});
