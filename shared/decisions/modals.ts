import type { KnownBlock, ModalView, PlainTextElement } from '@slack/types';
import { clip } from '#alert/alert.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { ModalState } from './interaction.ts';

/** Asks why drift is accepted. */
export const acceptModal = (state: ModalState): ModalView =>
  modal('accept', state, 'Accept as the baseline', 'Request', [
    explanation(
      `The drift of ${nameOf(state)} becomes its baseline once an approver captures it on the command line. Nothing changes until then.`,
    ),
    reasonInput,
  ]);

/** Asks for a maintenance window: its trail if it is not known, kinds, length and reason. */
export const windowModal = (
  state: ModalState,
  {
    trails,
    kinds,
    maxHours,
    isRequest,
  }: {
    readonly trails: readonly string[];
    readonly kinds: readonly string[];
    readonly maxHours: number;
    /** Whether a person has to sign it on the command line. */
    readonly isRequest: boolean;
  },
): ModalView =>
  modal('start-window', state, 'Maintenance window', isRequest ? 'Request' : 'Start', [
    explanation(
      `${state.on === null ? 'Drift' : `Drift of ${nameOf(state)}`} is reported and not restored until the window ends. Logging and the existence of a trail stay protected.${isRequest ? ' It starts once an approver signs it on the command line.' : ''}`,
    ),
    ...(state.on === null
      ? [
          select(
            'trail',
            'Trail',
            trails
              .filter((arn) => arn.length <= 150)
              .map((arn) => [clip(parseTrailArn(arn).name, 75), arn]),
          ),
        ]
      : []),
    {
      type: 'input',
      block_id: 'kinds',
      label: plain('What may change'),
      element: {
        type: 'multi_static_select',
        action_id: 'kinds',
        options: kinds.map((kind) => ({ text: plain(kind), value: kind })),
      },
    },
    select(
      'minutes',
      'For how long',
      lengths
        .filter(([, minutes]) => minutes <= maxHours * 60)
        .map(([label, minutes]) => [label, String(minutes)]),
    ),
    reasonInput,
  ]);

const lengths: readonly (readonly [string, number])[] = [
  ['15 minutes', 15],
  ['30 minutes', 30],
  ['1 hour', 60],
  ['2 hours', 120],
  ['4 hours', 240],
  ['8 hours', 480],
  ['12 hours', 720],
  ['24 hours', 1440],
];

const nameOf = ({ on }: ModalState): string => (on === null ? '' : parseTrailArn(on.trail).name);

/** A title has at most 24 characters. Source: Slack, "Modal views". */
const modal = (
  callback_id: string,
  state: ModalState,
  title: string,
  submit: string,
  blocks: readonly KnownBlock[],
): ModalView => ({
  type: 'modal',
  callback_id,
  private_metadata: JSON.stringify(state),
  title: plain(title),
  submit: plain(submit),
  close: plain('Cancel'),
  blocks: [...blocks],
});

const explanation = (text: string): KnownBlock => ({ type: 'section', text: plain(text) });

const reasonInput: KnownBlock = {
  type: 'input',
  block_id: 'reason',
  label: { type: 'plain_text', text: 'Reason', emoji: false },
  element: { type: 'plain_text_input', action_id: 'reason', multiline: true, max_length: 500 },
};

/** The first 100 options, whose text has at most 75 characters and whose value 150. Source: Slack, "Option object". */
const select = (
  id: string,
  label: string,
  options: readonly (readonly [text: string, value: string])[],
): KnownBlock => ({
  type: 'input',
  block_id: id,
  label: plain(label),
  element: {
    type: 'static_select',
    action_id: id,
    options: options.slice(0, 100).map(([text, value]) => ({ text: plain(text), value })),
  },
});

const plain = (text: string): PlainTextElement => ({ type: 'plain_text', text, emoji: false });
