import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { trailArn } from '#trail/trail-arn.ts';

/** What a button or a modal is about: its value, which Slack returns unchanged. */
const subject = z.strictObject({
  trail: trailArn,
  incident: z.string().max(100).optional(),
  /** The approvals that the person was shown. */
  approvals: z.array(z.string().max(200)).max(20).optional(),
  /** The id of a maintenance window. */
  window: z.string().max(64).optional(),
});

export type Subject = z.infer<typeof subject>;

const reason = z.string().trim().min(1).max(500);
const on = { on: subject };

/** What a person asks for. */
const request = z.discriminatedUnion('does', [
  z.strictObject({
    does: z.enum(['acknowledge', 'approve', 'reject', 'restore', 'plan', 'end-window']),
    ...on,
  }),
  z.strictObject({ does: z.literal('accept'), ...on, reason }),
  z.strictObject({
    does: z.literal('start-window'),
    ...on,
    /** The id of the form, which Slack gives to each that it opens. */
    form: z.string().regex(/^\w{1,64}$/),
    kinds: z
      .array(z.string().regex(/^[a-z-]{1,40}$/))
      .min(1)
      .max(50),
    minutes: z.int().min(1).max(1440),
    reason,
  }),
  z.strictObject({ does: z.enum(['ask-reason', 'ask-window']), on: subject.nullable() }),
  z.strictObject({ does: z.enum(['status', 'incidents', 'help']) }),
]);

export type Request = z.infer<typeof request>;

/** A request of a Slack user, and where its answer goes. */
export const interaction = z.strictObject({
  user: z.string().regex(/^[UW][A-Z0-9]{2,20}$/),
  /** Slack's URL for answers; null if the interaction has none. */
  answerUrl: z
    .url()
    .regex(/^https:\/\/hooks\.slack(-gov)?\.com\//)
    .max(500)
    .nullable(),
  /** Opens a modal within three seconds. */
  trigger: z.string().max(200).nullable(),
  request,
});

export type Interaction = z.infer<typeof interaction>;

/** The actions of buttons, which are the names of requests. */
const blockActions = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string() }),
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
  actions: z.tuple([z.object({ action_id: z.string(), value: jsonText(subject) })]),
});

/** What a modal keeps until it is submitted. */
const modalState = z.strictObject({
  on: subject.nullable(),
  answerUrl: z.string().nullable(),
  /** The trails whose ARN is too long for the value of an option: it is the number of the trail here. */
  longTrails: z.array(z.string()).optional(),
});

export type ModalState = z.infer<typeof modalState>;

const option = z.object({ value: z.string() });
const choice = z.object({ selected_option: option });

/** The inputs of a modal, by the ids that `modals.ts` gives to their blocks and to the inputs in them. */
const values = z.object({
  reason: z.object({ reason: z.object({ value: z.string() }) }),
  trail: z.object({ trail: choice }).optional(),
  kinds: z.object({ kinds: z.object({ selected_options: z.array(option) }) }).optional(),
  minutes: z.object({ minutes: choice }).optional(),
});

const viewSubmission = z.object({
  type: z.literal('view_submission'),
  user: z.object({ id: z.string() }),
  view: z.object({
    id: z.string(),
    callback_id: z.string(),
    private_metadata: jsonText(modalState),
    state: z.object({ values }),
  }),
});

const command = z.object({
  command: z.string(),
  text: z.string().default(''),
  user_id: z.string(),
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
});

/** The interaction in the body of a request; null if it is none that our messages lead to. */
export function parseInteraction(body: string): Interaction | null {
  const form = Object.fromEntries(new URLSearchParams(body));
  const found = form.payload === undefined ? ofCommand(form) : ofPayload(form.payload);
  return interaction.safeParse(found).data ?? null;
}

function ofCommand(form: object): unknown {
  const { data } = command.safeParse(form);
  if (data === undefined) return null;
  const word = data.text.trim().toLowerCase();
  return {
    user: data.user_id,
    answerUrl: data.response_url ?? null,
    trigger: data.trigger_id ?? null,
    request:
      word === 'window' || word === 'hold'
        ? { does: 'ask-window', on: null }
        : { does: ['status', 'incidents'].includes(word) ? word : 'help' },
  };
}

function ofPayload(text: string): unknown {
  const payload = jsonText(z.union([blockActions, viewSubmission])).safeParse(text).data;
  if (payload === undefined) return null;
  if (payload.type === 'block_actions') {
    const [action] = payload.actions;
    return {
      user: payload.user.id,
      answerUrl: payload.response_url ?? null,
      trigger: payload.trigger_id ?? null,
      request: { does: action.action_id, on: action.value },
    };
  }
  const { id: form, callback_id, private_metadata, state } = payload.view;
  const { on: about, answerUrl, longTrails = [] } = private_metadata;
  const { reason: why, trail, kinds, minutes } = state.values;
  const chosen = trail?.trail.selected_option.value;
  return {
    user: payload.user.id,
    answerUrl,
    trigger: null,
    request: {
      does: callback_id,
      on: about ?? (chosen && { trail: longTrails[Number(chosen)] ?? chosen }),
      reason: why.reason.value,
      ...(kinds && { form, kinds: kinds.kinds.selected_options.map(({ value }) => value) }),
      ...(minutes && { minutes: Number(minutes.minutes.selected_option.value) }),
    },
  };
}
