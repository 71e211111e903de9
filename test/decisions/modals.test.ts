import type { ModalView } from '@slack/types';
import { describe, expect, test } from 'vitest';
import type { ModalState } from '#decisions/interaction.ts';
import { parseInteraction } from '#decisions/interaction.ts';
import { acceptModal, windowModal } from '#decisions/modals.ts';
import { modalError } from '#sandbox/slack/blocks.ts';
import { trail } from '../support/baseline.ts';

const on = { trail: trail.arn, incident: 'an-incident' };
const answerUrl = 'https://hooks.slack.com/actions/T0/1/x';
const trailsNamed = (...names: string[]) =>
  names.map((name) => `arn:aws:cloudtrail:eu-central-1:111122223333:trail/${name}`);

const windowOf = (
  subject: ModalState['on'],
  given: Partial<Parameters<typeof windowModal>[1]> = {},
): ModalView =>
  windowModal(
    { on: subject, answerUrl },
    {
      trails: trailsNamed('one', 'two'),
      kinds: ['settings', 'tags'],
      maxHours: 24,
      isRequest: false,
      ...given,
    },
  );

describe('each modal', () => {
  test.each<[what: string, ModalView, title: string, submit: string]>([
    ['a new baseline', acceptModal({ on, answerUrl }), 'Accept as the baseline', 'Request'],
    ['a window', windowOf(on), 'Maintenance window', 'Start'],
    ['a window that an approver signs', windowOf(on, { isRequest: true }), '', 'Request'],
    ['a window of a trail that the person chooses', windowOf(null), '', 'Start'],
    ['a window of one of many trails', windowOf(null, { trails: longNames() }), '', 'Start'],
  ])('for %s is one that Slack opens', (_what, view, title, submit) => {
    expect(modalError(view)).toBe(null);
    expect(view.title.text).toContain(title);
    expect(view.submit?.text).toBe(submit);
    expect(view.close?.text).toBe('Cancel');
    expect(inputsOf(view).filter(({ label }) => label.length < 5)).toEqual([]);
  });

  test('shows texts as they are written', () => {
    for (const view of [acceptModal({ on, answerUrl }), windowOf(null)]) {
      const texts = JSON.stringify(view).match(/"type":"plain_text","text"[^}]+/g) ?? [];

      expect(texts.length).toBeGreaterThan(4);
      for (const text of texts) expect(text).toContain('"emoji":false');
    }
  });
});

describe('what a person submits', () => {
  test('asks for a new baseline, with the reason', () => {
    const view = acceptModal({ on, answerUrl });

    expect(submitted(view, { reason: ' CHG-1 ' })).toEqual({
      ...{ user: 'U0ALICE', answerUrl, trigger: null },
      request: { does: 'accept', on, reason: 'CHG-1' },
    });
  });

  test('asks for a window of the trail of the message', () => {
    const asked = submitted(windowOf(on), {
      ...{ kinds: ['settings', 'tags'], minutes: '30 minutes', reason: 'CHG-2' },
    });

    expect(asked?.request).toEqual({
      ...{
        does: 'start-window',
        form: 'V0FORM',
        on,
        kinds: ['settings', 'tags'],
        minutes: 30,
        reason: 'CHG-2',
      },
    });
  });

  test('asks for a window of the trail that the person chose', () => {
    const asked = submitted(windowOf(null), {
      ...{ trail: 'two (eu-central-1)', kinds: ['tags'], minutes: '1 hour', reason: 'CHG-3' },
    });

    expect(asked?.request).toEqual({
      ...{ does: 'start-window', form: 'V0FORM', on: { trail: trailsNamed('two')[0] } },
      ...{ kinds: ['tags'], minutes: 60, reason: 'CHG-3' },
    });
  });

  test.each<[what: string, Filled]>([
    ['no kind', { kinds: [], minutes: '1 hour', reason: 'CHG-4' }],
    ['no length', { kinds: ['tags'], reason: 'CHG-4' }],
    ['no reason', { kinds: ['tags'], minutes: '1 hour' }],
    ['a blank reason', { kinds: ['tags'], minutes: '1 hour', reason: '  ' }],
  ])('is nothing with %s', (_what, filled) => {
    expect(submitted(windowOf(on), filled)).toBe(null);
  });
});

describe('the modal of a window', () => {
  test.each([
    [1, ['15 minutes', '30 minutes', '1 hour']],
    [4, ['15 minutes', '30 minutes', '1 hour', '2 hours', '4 hours']],
    [24, [15, 30, 60, 120, 240, 480, 720, 1440].map(wordsOf)],
  ])('offers lengths of at most %i hours', (maxHours, lengths) => {
    const { options } = inputOf(windowOf(on, { maxHours }), 'minutes');

    expect(options?.map(({ text }) => text)).toEqual(lengths);
    for (const { text, value } of options ?? []) expect(text).toBe(wordsOf(Number(value)));
  });

  test('offers every kind, and the trails only if the trail is not known', () => {
    const ids = (view: ModalView) => inputsOf(view).map(({ id }) => id);

    expect(ids(windowOf(on))).toEqual(['kinds', 'minutes', 'reason']);
    expect(ids(windowOf(null))).toEqual(['trail', 'kinds', 'minutes', 'reason']);
    expect(inputOf(windowOf(on), 'kinds').options).toEqual(
      ['settings', 'tags'].map((kind) => ({ text: kind, value: kind })),
    );
  });

  test('offers the first 100 trails, also those whose ARN is too long for the value of an option', () => {
    const [longest = '', tooLong = ''] = longNames();
    const trails = [
      longest,
      tooLong,
      ...trailsNamed(...Array.from({ length: 100 }, (_, i) => `trail-${i}`)),
    ];

    const { options = [] } = inputOf(windowOf(null, { trails }), 'trail');

    expect([longest.length, tooLong.length]).toEqual([150, 151]);
    expect(options.map(({ value }) => value)).toEqual([longest, '0', ...trails.slice(2, 100)]);
    expect(options[2]?.text).toBe('trail-0 (eu-central-1)');
    expect(options[0]?.text).toMatch(/^x+… \(eu-central-1\)$/);
  });

  test('takes as many trails with the longest name as the configuration may have', () => {
    const trails = trailsNamed(...Array.from({ length: 12 }, (_, i) => `${i}-`.padEnd(128, 'z')));
    const view = windowOf(null, { trails });

    expect(modalError(view)).toBe(null);
    const { options = [] } = inputOf(view, 'trail');
    expect(options).toHaveLength(trails.length);
    const trail = options[3]?.text ?? '';
    const filled = { trail, kinds: ['tags'], minutes: '1 hour', reason: 'CHG-5' };
    expect(submitted(view, filled)?.request).toMatchObject({ on: { trail: trails[3] } });
  });

  test('says what the window does to which trail, and who starts it', () => {
    const textOf = (view: ModalView) => JSON.stringify(view.blocks[0]);

    expect(textOf(windowOf(on))).toMatch(/"Drift of main is reported and not restored/);
    expect(textOf(windowOf(null))).toMatch(/"Drift is reported and not restored/);
    expect(textOf(windowOf(on))).toMatch(/stay protected\."/);
    expect(textOf(windowOf(on, { isRequest: true }))).toMatch(/once an approver signs it/);
  });
});

test('the modal of a new baseline says whose drift it accepts, and who completes it', () => {
  const [explanation] = acceptModal({ on, answerUrl }).blocks;

  expect(JSON.stringify(explanation)).toMatch(/drift of main .* once an approver captures it/);
});

test('a reason may have several lines, and as many characters as are accepted', () => {
  const view = acceptModal({ on, answerUrl });
  const { multiline, max = 0 } = inputOf(view, 'reason');

  expect(multiline).toBe(true);
  expect(submitted(view, { reason: `${'x'.repeat(max - 2)}\ny` })).not.toBe(null);
  expect(submitted(view, { reason: 'x'.repeat(max + 1) })).toBe(null);
});

type Input = {
  readonly id: string;
  readonly action: string;
  readonly label: string;
  readonly isMultiple: boolean;
  readonly multiline?: boolean | undefined;
  readonly max?: number | undefined;
  readonly options?: readonly { readonly text: string; readonly value: string }[] | undefined;
};

/** A block of a view, as far as inputs have it. Source: Slack, "Block Kit", input block. */
type Block = {
  readonly type: string;
  readonly block_id: string;
  readonly label: Text;
  readonly element: {
    readonly type: string;
    readonly action_id: string;
    readonly multiline?: boolean;
    readonly max_length?: number;
    readonly options?: readonly { readonly text: Text; readonly value: string }[];
  };
};
type Text = { readonly text: string };

function inputsOf({ blocks }: ModalView): readonly Input[] {
  return (blocks as readonly Block[])
    .filter(({ type }) => type === 'input')
    .map(({ block_id: id, label, element }) => ({
      ...{ id, label: label.text, isMultiple: element.type === 'multi_static_select' },
      action: element.action_id,
      ...{ multiline: element.multiline, max: element.max_length },
      options: element.options?.map(({ text, value }) => ({ text: text.text, value })),
    }));
}

function inputOf(view: ModalView, name: string): Input {
  const found = inputsOf(view).find(({ id }) => id === name);
  if (found === undefined) throw new Error(`the modal has no ${name}`);
  return found;
}

/** What a person wrote and chose, by input: the texts of the options. */
type Filled = Readonly<Record<string, string | readonly string[]>>;

/** The interaction of a person who fills the inputs. Slack submits them by the ids of the blocks and of the inputs. */
function submitted(view: ModalView, filled: Filled) {
  const values = inputsOf(view).map(({ id, action, options = [], isMultiple }) => {
    const chosen = options
      .filter(({ text }) => [filled[id]].flat().includes(text))
      .map(({ value }) => ({ value }));
    const state = isMultiple
      ? { selected_options: chosen }
      : options.length > 0
        ? { selected_option: chosen[0] ?? null }
        : { value: filled[id] ?? null };
    return [id, { [action]: state }];
  });
  const { callback_id, private_metadata } = view;
  const payload = {
    type: 'view_submission',
    user: { id: 'U0ALICE' },
    view: {
      id: 'V0FORM',
      callback_id,
      private_metadata,
      state: { values: Object.fromEntries(values) },
    },
  };
  return parseInteraction(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
}

/** Two trails whose ARNs have 150 and 151 characters. */
function longNames(): readonly string[] {
  const [short = ''] = trailsNamed('');
  return trailsNamed('x'.repeat(150 - short.length), 'y'.repeat(151 - short.length));
}

function wordsOf(minutes: number): string {
  if (minutes < 60) return `${minutes} minutes`;
  return minutes === 60 ? '1 hour' : `${minutes / 60} hours`;
}
