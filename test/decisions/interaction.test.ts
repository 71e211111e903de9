import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInteraction } from '#decisions/interaction.ts';
import { trail } from '../support/baseline.ts';

const form = (fields: Record<string, string | undefined>) =>
  new URLSearchParams(JSON.parse(JSON.stringify(fields))).toString();
const ids = (count: number, length: number): readonly string[] =>
  Array.from({ length: count }, () => 'x'.repeat(length));
const on = { trail: trail.arn, incident: 'an-incident' };
const answerUrl = 'https://hooks.slack.com/actions/T0/1/x';
const pressed = (action_id: string, value: unknown, more: object = {}) =>
  form({
    payload: JSON.stringify({
      ...{
        type: 'block_actions',
        user: { id: 'U0ALICE' },
        trigger_id: 't',
        response_url: answerUrl,
      },
      actions: [{ action_id, value: JSON.stringify(value) }],
      ...more,
    }),
  });

describe('a button', () => {
  test.each(['acknowledge', 'approve', 'reject', 'restore', 'plan', 'end-window'])(
    '%s is a request about what it was shown for',
    (does) => {
      expect(parseInteraction(pressed(does, on))).toEqual({
        ...{ user: 'U0ALICE', answerUrl, trigger: 't', request: { does, on } },
      });
    },
  );

  test.each(['ask-reason', 'ask-window'])('%s asks for more', (does) => {
    expect(parseInteraction(pressed(does, on))?.request).toEqual({ does, on });
  });

  test('may be about approvals and a window, with the longest ids', () => {
    const about = {
      trail: trail.arn,
      incident: 'x'.repeat(100),
      approvals: ids(20, 200),
      window: 'x'.repeat(64),
    };

    expect(parseInteraction(pressed('approve', about))?.request).toEqual({
      ...{ does: 'approve', on: about },
    });
    const without = { response_url: undefined, trigger_id: undefined };
    expect(parseInteraction(pressed('plan', on, without))).toMatchObject({
      ...{ answerUrl: null, trigger: null },
    });
  });

  test.each(['https://hooks.slack.com/x', 'https://hooks.slack-gov.com/x'])(
    'is answered at %s',
    (response_url) => {
      expect(parseInteraction(pressed('plan', on, { response_url }))?.answerUrl).toBe(response_url);
    },
  );

  test.each<[what: string, body: string]>([
    ['an unknown action', pressed('delete', on)],
    ['an action that only a modal may submit', pressed('accept', on)],
    ['no trail', pressed('approve', { incident: 'x' })],
    ['something that is no trail', pressed('approve', { trail: '../../x' })],
    ['further fields', pressed('approve', { ...on, more: 1 })],
    ['two actions', pressed('approve', on, { actions: [{}, {}] })],
    ['no user', pressed('approve', on, { user: {} })],
    ['another type', pressed('approve', on, { type: 'shortcut' })],
    ['21 approvals', pressed('approve', { ...on, approvals: ids(21, 200) })],
    ['an approval that is too long', pressed('approve', { ...on, approvals: ids(1, 201) })],
    ['a window that is too long', pressed('end-window', { ...on, window: 'x'.repeat(65) })],
    ['an incident that is too long', pressed('approve', { ...on, incident: 'x'.repeat(101) })],
    ['a long trigger', pressed('approve', on, { trigger_id: 'x'.repeat(201) })],
    [
      'an answer to elsewhere that names Slack',
      pressed('approve', on, { response_url: 'https://example.com/?https://hooks.slack.com/' }),
    ],
    ['a long address', pressed('approve', on, { response_url: answerUrl.padEnd(501, 'x') })],
    ['an answer to elsewhere', pressed('approve', on, { response_url: 'https://example.com/' })],
    [
      'an answer to a host that only begins like Slack',
      pressed('approve', on, { response_url: 'https://hooks.slack.example.com/' }),
    ],
  ])('with %s is none of ours', (_what, body) => {
    expect(parseInteraction(body)).toBeNull();
  });
});

describe('a modal', () => {
  const submitted = (state: object, kinds = ['tags'], id = 'V0FORM') => {
    const values = {
      kinds: { kinds: { selected_options: kinds.map((value) => ({ value })) } },
      minutes: { minutes: { selected_option: { value: '60' } } },
      reason: { reason: { value: 'CHG-1' } },
    };
    const view = {
      ...{ id, callback_id: 'start-window' },
      private_metadata: JSON.stringify({ on, answerUrl, ...state }),
      state: { values },
    };
    const user = { id: 'U0ALICE' };
    return form({ payload: JSON.stringify({ type: 'view_submission', user, view }) });
  };

  test('is a request about what it was opened for', () => {
    expect(parseInteraction(submitted({}))).toMatchObject({
      answerUrl,
      request: { on, form: 'V0FORM' },
    });
  });

  test.each<[what: string, body: string]>([
    ['an answer to elsewhere', submitted({ answerUrl: 'https://169.254.169.254/latest' })],
    ['further fields', submitted({ by: 'alice' })],
    ['text of a shell for a kind', submitted({}, ['tags; rm -rf ~'])],
    ['text of a shell before a kind', submitted({}, ['rm -rf ~; tags'])],
    ['no kind', submitted({}, [])],
    ['other characters after the id of the form', submitted({}, ['tags'], 'V0FORM/../x;')],
    ['other characters before the id of the form', submitted({}, ['tags'], '../V0FORM')],
  ])('with %s is none of ours', (_what, body) => {
    expect(parseInteraction(body)).toBeNull();
  });
});

describe('the command /trailkeeper', () => {
  const asked = (text: string, more: object = {}) =>
    parseInteraction(form({ command: '/trailkeeper', text, user_id: 'U0ALICE', ...more }));

  test.each([
    ['status', { does: 'status' }],
    [' Incidents ', { does: 'incidents' }],
    ['WINDOW', { does: 'ask-window', on: null }],
    [' hold ', { does: 'ask-window', on: null }],
    ['', { does: 'help' }],
    ['something else', { does: 'help' }],
    ['constructor', { does: 'help' }],
  ])('with "%s" is a request', (text, request) => {
    expect(asked(text)).toEqual({ user: 'U0ALICE', answerUrl: null, trigger: null, request });
  });

  test('is answered where Slack says, and can open a modal', () => {
    expect(asked('window', { response_url: answerUrl, trigger_id: 't' })).toMatchObject({
      ...{ answerUrl, trigger: 't' },
    });
  });

  test('without a user is none of ours', () => {
    expect(asked('status', { user_id: undefined })).toBe(null);
  });
});

test.each([
  ['U0ALICE', true],
  ['W012', true],
  ['U0', false],
  ['U0alice', false],
  ['xU0ALICE', false],
  ['U0ALICE x', false],
  ['B0BOT', false],
])('the user %s is one of Slack: %s', (id, isKnown) => {
  expect(parseInteraction(pressed('plan', on, { user: { id } })) !== null).toBe(isKnown);
});

test('whatever a body says, it is an interaction or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((payload) => form({ payload })),
      ),
      (body) => {
        expect(() => parseInteraction(body)).not.toThrow();
      },
    ),
  );
});
