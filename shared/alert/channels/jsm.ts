import { SecretError } from '#aws/secret.ts';
import type { Severity } from '#drift/impact.ts';
import { type Alert, clip, headline, isOpen, withoutLinks } from '../alert.ts';
import type { Channel, PagerTarget } from '../channel.ts';
import { textOf } from '../plain-text.ts';
import { post } from './http.ts';
import { withSecret } from './with-secret.ts';

/**
 * Jira Service Management Operations, and Opsgenie until its end on 5 April 2027: one alert per incident, which is closed when the incident
 * is. While an alert with the alias is open, another one only counts, so a request may be repeated. Sources: Atlassian, "Jira Service
 * Management ops REST API", "Integration events", and JSDCLOUD-14179 on `identifierType`; Opsgenie, "Alert API", "Alerts and alert fields".
 */
export const jsm: Channel<'jsm'> = {
  name: 'jsm',
  secret: {
    name: 'Trailkeeper-JSM',
    holds: 'the API key of an API integration of Jira Service Management or Opsgenie',
    describe(text) {
      parseKey(text);
      return 'the API key of an API integration';
    },
  },

  permissions: () => [],

  async open({ product, secret: id = 'Trailkeeper-JSM' }, runtime) {
    const secret = runtime.secretOf(id);
    return {
      canEdit: false,
      receivesTamperAlerts: true,
      async send(alert, target) {
        for (const { path, body } of requestsOf(alert, target)) {
          await withSecret(secret, parseKey, (key) => {
            const headers = { authorization: `GenieKey ${key}` };
            const endpoint = {
              product: names[product],
              url: `${alertUrls[product]}${path}`,
              headers,
            };
            return post(endpoint, JSON.stringify(body), runtime, () => {});
          });
        }
        return null;
      },
    };
  },
};

type Request = { readonly path: string; readonly body: object };

/**
 * What is sent about an alert. An incident that was over before anything was sent is created, too, so that it is on record. It is
 * acknowledged once: if someone takes the acknowledgement back, later news must not stop the pages.
 */
export function requestsOf(
  alert: Alert,
  { key, isFirst, isAcknowledgement }: PagerTarget,
): readonly Request[] {
  const creation = { path: '', body: contentOf(alert, key) };
  const change = (action: 'acknowledge' | 'close') => ({
    path: `/${key}/${action}?identifierType=alias`,
    body: { source: 'trailkeeper', note: plain(clip(headline(alert), 1000)) },
  });
  if (!isOpen(alert)) return [...(isFirst ? [creation] : []), change('close')];
  return [creation, ...(isAcknowledgement ? [change('acknowledge')] : [])];
}

/** Limits: message 130 characters, description 15,000, entity 512, source 100, tags 50 each. */
const contentOf = (alert: Alert, alias: string): object => ({
  alias,
  message: clip(plain(headline(alert)), 130),
  description: `${clip(plain(textOf({ ...alert, links: [] }, 11_000)), 12_000)}\n${linksOf(alert)}`,
  entity: alert.about.trail ?? 'trailkeeper',
  source: 'trailkeeper',
  priority: priorities[alert.severity],
  tags: ['trailkeeper', alert.about.kind],
});

const linksOf = ({ links }: Alert): string =>
  clip(links.map(({ text, url }) => `${text}: ${url}`).join('\n'), 2900);

/** Opsgenie accepts HTML in a message, and shows addresses as links. */
const plain = (text: string): string =>
  withoutLinks(text).replaceAll('<', '‹').replaceAll('>', '›');

const priorities: Readonly<Record<Severity, string>> = {
  critical: 'P1',
  high: 'P2',
  medium: 'P3',
  low: 'P4',
};

const names = {
  jsm: 'Jira Service Management',
  opsgenie: 'Opsgenie',
  'opsgenie-eu': 'Opsgenie',
} as const;

const alertUrls = {
  jsm: 'https://api.atlassian.com/jsm/ops/integration/v2/alerts',
  opsgenie: 'https://api.opsgenie.com/v2/alerts',
  'opsgenie-eu': 'https://api.eu.opsgenie.com/v2/alerts',
} as const;

function parseKey(text: string): string {
  if (/^[A-Za-z0-9-]{16,100}$/.test(text)) return text;
  throw new SecretError(
    'the secret of Jira Service Management or Opsgenie must be the API key of an API integration, which has letters, digits and hyphens, and nothing else: store it as plain text',
  );
}
