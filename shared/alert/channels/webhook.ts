import { Webhook } from 'standardwebhooks';
import { SecretError } from '#aws/secret.ts';
import { alertEventOf } from '../alert-event.ts';
import type { Channel } from '../channel.ts';
import { post } from './http.ts';
import { withSecret } from './with-secret.ts';

/**
 * Any receiver, by a signed request of the Standard Webhooks specification. `webhook-id` is the same whenever an alert is sent again, so the
 * receiver can drop it. With two keys in the secret each request has a signature by each, so that the receiver can change its key.
 * Source: "Standard Webhooks", https://www.standardwebhooks.com.
 */
export const webhook: Channel<'webhook'> = {
  name: 'webhook',
  secret: {
    name: 'Trailkeeper-Webhook',
    holds: 'the key that signs webhook requests, whsec_…',
    describe: (text) =>
      parseKeys(text).length === 1 ? 'the key of the webhook' : 'two keys of the webhook',
  },

  permissions: () => [],

  async open({ url, secret: id = 'Trailkeeper-Webhook' }, runtime) {
    const secret = runtime.secretOf(id);
    return {
      canEdit: false,
      receivesTamperAlerts: true,
      async send(alert, target) {
        const data = alertEventOf(alert, target);
        const json = JSON.stringify({ type: 'trailkeeper.alert', timestamp: data.updatedAt, data });
        await withSecret(secret, parseKeys, (keys) => {
          const at = runtime.now();
          const headers = {
            'webhook-id': target.id,
            'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
            'webhook-signature': keys.map((key) => key.sign(target.id, at, json)).join(' '),
          };
          return post({ product: 'the webhook', url, headers }, json, runtime, () => {});
        });
        return null;
      },
    };
  },
};

/** The specification asks for 24 to 64 bytes. */
function parseKeys(text: string): readonly Webhook[] {
  const keys = text.split(/\s+/);
  const isValid = (key: string): boolean => {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(key) ?? [];
    const size = Buffer.from(base64, 'base64').length;
    return base64.length % 4 === 0 && size >= 24 && size <= 64;
  };
  if (keys.length <= 2 && keys.every(isValid)) return keys.map((key) => new Webhook(key));
  throw new SecretError(
    'the secret of the webhook must be whsec_ followed by 24 to 64 bytes in base64, for example from: printf "whsec_%s" "$(openssl rand -base64 32)". Store it as plain text; two keys are separated by a space',
  );
}
