import type { ModalView } from '@slack/types';
import type { ChannelRuntime } from '#alert/channel.ts';
import { post, RequestError } from '#alert/channels/http.ts';
import { escapeMrkdwn } from '#alert/channels/slack-text.ts';

/** Opens a modal: Slack accepts the trigger for three seconds. Throws `RequestError`. */
export const openModal = (
  trigger: string,
  view: ModalView,
  token: string,
  runtime: ChannelRuntime,
): Promise<void> =>
  post(
    {
      product: 'Slack',
      url: 'https://slack.com/api/views.open',
      headers: { authorization: `Bearer ${token}` },
    },
    JSON.stringify({ trigger_id: trigger, view }),
    runtime,
    (body) => {
      const { ok, error: code = '' } = JSON.parse(body);
      if (ok !== true) throw new RequestError(`Slack refused the modal: ${code}`, { code });
    },
  );

/** Answers the person alone, at the URL that came with their request. Throws `RequestError`. */
export const answer = (url: string, text: string, runtime: ChannelRuntime): Promise<void> =>
  post(
    { product: 'Slack', url },
    JSON.stringify({
      response_type: 'ephemeral',
      replace_original: false,
      text: escapeMrkdwn(text),
    }),
    runtime,
    () => undefined,
  );
