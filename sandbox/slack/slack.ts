import type { IncomingMessage } from 'node:http';
import { type Disruptions, faultFor, slowDown } from '../disruptions.ts';
import { blocksError, modalError } from './blocks.ts';
import { history } from './history.ts';
import type { SlackMessage, Workspace } from './workspace.ts';

/** The possible contents of the Slack secret, and the bot's channel. */
export const slackSecrets = {
  bot: 'xoxb-111122223333-444455556666-sandboxSANDBOXsandbox',
  webhook: 'https://hooks.slack.com/services/T0SANDBOX/B0SANDBOX/sandboxSANDBOXsandbox',
  signing: '8f742231b10e8888abcd99eee2bb85a5',
} as const;

export const newWorkspace = (): Workspace => ({
  tokens: [slackSecrets.bot],
  scopes: ['chat:write', 'commands'],
  webhooks: [new URL(slackSecrets.webhook).pathname],
  channels: ['C0SANDBOX'],
  messages: [],
  answers: [],
  modals: [],
});

export type SlackAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

export const isForSlack = ({ url = '' }: IncomingMessage): boolean =>
  ['/services/', '/api/', '/actions/', '/commands/'].some((path) => url.startsWith(path));

/** Answers a request to a webhook or the Web API like Slack; null drops the response after the message was accepted. */
export async function slackAnswer(
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  body: string,
  { world, disruptions }: { world: { slack: Workspace }; disruptions: Disruptions },
): Promise<SlackAnswer | null> {
  const { url = '' } = request;
  const isWebhook = !url.startsWith('/api/');
  const operation = isWebhook ? 'webhook' : url.slice('/api/'.length);
  await slowDown(disruptions.latency, { service: 'slack', operation });
  const fault = faultFor(disruptions.faults, { service: 'slack', operation });
  if (fault?.error === 'ETIMEDOUT' || fault?.error === 'ECONNABORTED') {
    answerOf(url, operation, request, body, world);
    return fault.error === 'ETIMEDOUT' ? null : closed;
  }
  if (fault?.error === null) return isWebhook ? ok : json({ ok: true, ts: '0', channel: '' });
  if (fault !== undefined) return faultAnswer(fault.error, fault.retryAfter, isWebhook);
  return answerOf(url, operation, request, body, world);
}

/** Source: Slack, "Handling user interaction", "Message responses". */
function respondedAt(url: string, body: string, world: Slack): SlackAnswer {
  const { text } = JSON.parse(body) as { text: string };
  world.slack = { ...world.slack, answers: [...world.slack.answers, { url, text }] };
  return ok;
}

function answerOf(
  url: string,
  operation: string,
  request: Pick<IncomingMessage, 'headers'>,
  body: string,
  world: Slack,
): SlackAnswer {
  if (/^\/(actions|commands)\//.test(url)) return respondedAt(url, body, world);
  return operation === 'webhook'
    ? webhook(url, body, world)
    : webApi(operation, request, body, world);
}

/** Closes the connection without a response. */
const closed: SlackAnswer = { status: 0, body: '' };

const ok: SlackAnswer = { status: 200, body: 'ok' };

const json = (answer: object): SlackAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(answer),
});

/**
 * The response to an injected fault: an HTTP status, or an error name that the Web API returns with status 200.
 * `ECONNRESET` closes the connection before the request has an effect.
 */
function faultAnswer(
  error: string,
  retryAfter: number | undefined,
  isWebhook: boolean,
): SlackAnswer {
  const headers = { ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) };
  if (error === 'ECONNRESET') return closed;
  if (/^\d{3}$/.test(error)) return { status: Number(error), headers, body: `status_${error}` };
  return isWebhook ? { status: 400, headers, body: error } : json({ ok: false, error });
}

type Slack = { slack: Workspace };

/** Source: Slack, "Sending messages using incoming webhooks", "Handling errors". */
function webhook(url: string, body: string, world: Slack): SlackAnswer {
  if (!world.slack.webhooks.includes(url)) return { status: 404, body: 'no_service' };
  const content = JSON.parse(body) as Content;
  const { text = '', blocks = [], attachments = [] } = content;
  if (isEmpty(content)) return { status: 400, body: 'no_text' };
  if (blocksError(content) !== null) return { status: 400, body: 'invalid_blocks' };
  storeMessage(world, {
    channel: 'C0SANDBOX',
    threadTs: null,
    isBroadcast: false,
    via: 'webhook',
    text,
    blocks,
    attachments,
  });
  return ok;
}

type Content = Partial<Pick<SlackMessage, 'text' | 'blocks' | 'attachments'>>;

const isEmpty = ({ text = '', blocks = [], attachments = [] }: Content): boolean =>
  text === '' && blocks.length + attachments.length === 0;

/** The supported methods. Source: Slack, "chat.postMessage", "chat.update", "views.open". */
function webApi(
  method: string,
  { headers }: Pick<IncomingMessage, 'headers'>,
  body: string,
  world: Slack,
): SlackAnswer {
  const refuse = (error: string, messages: readonly string[] = []): SlackAnswer =>
    json({ ok: false, error, ...(messages.length > 0 && { response_metadata: { messages } }) });

  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return refuse('not_authed');
  if (!world.slack.tokens.includes(token)) return refuse('invalid_auth');
  const input = parametersOf(headers, body);
  if (method === 'views.open') {
    const { trigger_id: trigger, view } = input as { trigger_id: string; view: object };
    const invalid = modalError(view);
    if (invalid !== null) return refuse('invalid_arguments', [`[ERROR] ${invalid}`]);
    world.slack = { ...world.slack, modals: [...world.slack.modals, { trigger, view }] };
    return json({ ok: true, view });
  }
  if (method.startsWith('conversations.')) return json(history(method, input, world.slack));
  const { channels, messages } = world.slack;
  const channel = channels.find((id) => id === input.channel);
  if (channel === undefined) return refuse('channel_not_found');
  const { text = '', blocks = [], attachments = [] } = input as Content;
  if (isEmpty(input)) return refuse('no_text');
  if (text.length > 40_000) return refuse('msg_too_long');
  const problem = blocksError(input);
  if (problem !== null) return refuse('invalid_blocks', [`[ERROR] ${problem}`]);

  if (method === 'chat.update') {
    const found = messages.find((one) => one.ts === input.ts && one.channel === channel);
    if (found === undefined) return refuse('message_not_found');
    if (found.via !== 'bot') return refuse('cant_update_message');
    const { history, text: oldText, blocks: oldBlocks } = found;
    const changed = {
      ...{ ...found, text, blocks },
      // An update without attachments keeps the existing ones.
      ...(input.attachments !== undefined && { attachments }),
      history: [...history, { text: oldText, blocks: oldBlocks }],
    };
    world.slack = {
      ...world.slack,
      messages: messages.map((one) => (one === found ? changed : one)),
    };
    return json({ ok: true, channel, ts: found.ts, text });
  }
  if (method !== 'chat.postMessage') return refuse('unknown_method');
  const threadTs = input.thread_ts === undefined ? null : String(input.thread_ts);
  if (threadTs !== null && !messages.some(({ ts }) => ts === threadTs)) {
    return refuse('thread_not_found');
  }
  const isBroadcast = String(input.reply_broadcast) === 'true';
  const ts = storeMessage(world, {
    channel,
    threadTs,
    isBroadcast,
    via: 'bot',
    text,
    blocks,
    attachments,
    ...(input.metadata !== undefined && { metadata: input.metadata }),
  });
  return json({ ok: true, channel, ts, message: { text } });
}

/** Parameters are JSON, or a form whose structured fields are JSON. */
function parametersOf(headers: IncomingMessage['headers'], body: string): Record<string, unknown> {
  if (headers['content-type']?.startsWith('application/json')) return JSON.parse(body);
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [
      name,
      name === 'blocks' || name === 'attachments' ? JSON.parse(value) : value,
    ]),
  );
}

function storeMessage(world: Slack, message: Omit<SlackMessage, 'ts' | 'history'>): string {
  const { messages } = world.slack;
  const ts = `1700000000.${String(messages.length + 1).padStart(6, '0')}`;
  world.slack = { ...world.slack, messages: [...messages, { ...message, ts, history: [] }] };
  return ts;
}
