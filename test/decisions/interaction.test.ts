import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInteraction } from '#decisions/interaction.ts';
import { acceptModal, windowModal } from '#decisions/modals.ts';
import { trail } from '../support/baseline.ts';

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
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

  test.each<[what: string, body: string]>([
    ['an unknown action', pressed('delete', on)],
    ['an action that only a modal may submit', pressed('accept', on)],
    ['no trail', pressed('approve', { incident: 'x' })],
    ['something that is no trail', pressed('approve', { trail: '../../x' })],
    ['further fields', pressed('approve', { ...on, more: 1 })],
    ['two actions', pressed('approve', on, { actions: [{}, {}] })],
    ['no user', pressed('approve', on, { user: {} })],
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
  test('of a new baseline has what the person wrote', () => {
    const { callback_id, private_metadata = '' } = acceptModal({ on, answerUrl });
    const view = {
      ...{ callback_id, private_metadata },
      state: { values: { reason: { reason: { value: ' CHG-1 ' } } } },
    };
    const payload = { type: 'view_submission', user: { id: 'U0ALICE' }, view };

    expect(parseInteraction(form({ payload: JSON.stringify(payload) }))?.request).toEqual({
      ...{ does: 'accept', on, reason: 'CHG-1' },
    });
  });

  test('of a window that was opened by the command has the trail that the person chose', () => {
    const given = { trails: [trail.arn], kinds: ['tags'], maxHours: 4, isRequest: false };
    const { callback_id, private_metadata = '' } = windowModal({ on: null, answerUrl }, given);
    const values = {
      trail: { trail: { selected_option: { value: trail.arn } } },
      kinds: { kinds: { selected_options: [{ value: 'tags' }] } },
      minutes: { minutes: { selected_option: { value: '60' } } },
      reason: { reason: { value: 'CHG-2' } },
    };
    const view = { callback_id, private_metadata, state: { values } };
    const payload = { type: 'view_submission', user: { id: 'U0ALICE' }, view };

    expect(parseInteraction(form({ payload: JSON.stringify(payload) }))?.request).toEqual({
      ...{ does: 'start-window', on: { trail: trail.arn }, kinds: ['tags'], minutes: 60 },
      reason: 'CHG-2',
    });
  });

  test('offers no window that is longer than allowed', () => {
    const given = { trails: [], kinds: ['tags'], maxHours: 2, isRequest: false };

    const text = JSON.stringify(windowModal({ on, answerUrl }, given));
    expect(text).toContain('2 hours');
    expect(text).not.toContain('4 hours');
  });
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
