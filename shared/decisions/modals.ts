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
): ModalView => {
  const longTrails = trails.filter((arn) => arn.length > longestValue).slice(0, mostLongTrails);
  const optionOf = (arn: string) =>
    longTrails.includes(arn) ? String(longTrails.indexOf(arn)) : arn;
  const kept = longTrails.length === 0 ? state : { ...state, longTrails };
  return modal('start-window', kept, 'Maintenance window', isRequest ? 'Request' : 'Start', [
    explanation(
      `${state.on === null ? 'Drift' : `Drift of ${nameOf(state)}`} is reported and not restored until the window ends. Logging and the existence of a trail stay protected.${isRequest ? ' The window starts once an approver signs it on the command line.' : ''}`,
    ),
    ...(state.on === null
      ? [
          select(
            'trail',
            'Trail',
            trails
              .filter((arn) => optionOf(arn).length <= longestValue)
              .map((arn) => [labelOf(arn), optionOf(arn)]),
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
};

/** The name and the Region of a trail: two may have the same name. */
function labelOf(arn: string): string {
  const { name, region } = parseTrailArn(arn);
  return `${clip(name, longestLabel - region.length - 3)} (${region})`;
}

/** Of an option. Source: Slack, "Option object". */
const longestLabel = 75;
const longestValue = 150;

/** So many, of at most 181 characters each, fit into the 3000 characters that a modal keeps. Source: Slack, "Modal views". */
const mostLongTrails = 12;

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

/** The first 100 options. Source: Slack, "Select menu element". */
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
