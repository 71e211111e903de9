import { SecretError } from '#aws/secret.ts';
import type { Channel } from '../channel.ts';
import { post } from './http.ts';
import { teamsMessage } from './teams-card.ts';
import { withSecret } from './with-secret.ts';

/**
 * A Microsoft Teams channel or chat, by a workflow that posts what its webhook receives. A workflow cannot edit: each notification is a
 * card. Source: Microsoft, "Create incoming webhooks with Workflows for Microsoft Teams".
 */
export const teams: Channel<'teams'> = {
  name: 'teams',
  secret: {
    name: 'Trailkeeper-Teams',
    holds: 'the webhook URL of a Teams workflow',
    describe(text) {
      parseUrl(text);
      return 'the webhook URL of a Teams workflow';
    },
  },

  permissions: () => [],

  async open({ secret: id = 'Trailkeeper-Teams' }, runtime) {
    const secret = runtime.secretOf(id);
    return {
      canEdit: false,
      receivesTamperAlerts: true,
      async send(alert) {
        const json = teamsMessage(alert);
        await withSecret(secret, parseUrl, (url) =>
          post({ product: 'Microsoft Teams', url }, json, runtime, () => {}),
        );
        return null;
      },
    };
  },
};

function parseUrl(text: string): string {
  if (workflowUrl.test(text)) return text;
  throw new SecretError(
    'the secret for Microsoft Teams must be the webhook URL of a workflow, https://…/workflows/…/triggers/manual/paths/invoke?…, and nothing else: store it as plain text',
  );
}

/** Of Azure Logic Apps, or since 2025 of the Power Platform. */
const workflowUrl =
  /^https:\/\/[A-Za-z0-9.-]+(:\d+)?\/([\w/-]+\/)?workflows\/\w+\/triggers\/manual\/paths\/invoke\/?\?[\w%&=.~+-]+$/;
