import { SecretError } from '#aws/secret.ts';
import type { Severity } from '#drift/impact.ts';
import { truncateLines } from '#text/truncate.ts';
import { type Alert, clip, headline, isOpen, type Section, withoutLinks } from '../alert.ts';
import type { Channel, PagerTarget } from '../channel.ts';
import { post } from './http.ts';
import { withSecret } from './with-secret.ts';

/**
 * PagerDuty, by the Events API v2: one alert per incident, which is resolved when the incident is. A trigger for an open alert adds to its
 * log, any other event without an open alert is dropped, so a request may be repeated. PagerDuty asks for minutes between retries of 429: Lambda's
 * retries come after one and three. An event has at most 512 KB. Source: PagerDuty, "Events API v2 Overview", "Send an Alert Event".
 */
export const pagerduty: Channel<'pagerduty'> = {
  name: 'pagerduty',
  secret: {
    name: 'Trailkeeper-PagerDuty',
    holds: 'the integration key of PagerDuty (Events API v2)',
    describe(text) {
      parseKey(text);
      return 'the integration key of PagerDuty';
    },
  },

  permissions: () => [],

  async open({ region, secret: id = 'Trailkeeper-PagerDuty' }, runtime) {
    const secret = runtime.secretOf(id);
    const url = `https://events.${region === 'eu' ? 'eu.' : ''}pagerduty.com/v2/enqueue`;
    return {
      canEdit: false,
      receivesTamperAlerts: true,
      async send(alert, target) {
        for (const event of eventsOf(alert, target)) {
          await withSecret(secret, parseKey, (routing_key) => {
            const json = JSON.stringify({ routing_key, ...event });
            return post({ product: 'PagerDuty', url }, json, runtime, () => {});
          });
        }
        return null;
      },
    };
  },
};

/**
 * What is sent about an alert. An incident that was over before anything was sent is triggered, too, so that it is on record. It is
 * acknowledged once: if PagerDuty's timeout ends the acknowledgement, later news must not stop the pages.
 */
export function eventsOf(
  alert: Alert,
  { key: dedup_key, isFirst, isAcknowledgement }: PagerTarget,
): readonly object[] {
  const trigger = { event_action: 'trigger', dedup_key, ...contentOf(alert) };
  if (!isOpen(alert)) {
    return [...(isFirst ? [trigger] : []), { event_action: 'resolve', dedup_key }];
  }
  return [trigger, ...(isAcknowledgement ? [{ event_action: 'acknowledge', dedup_key }] : [])];
}

const contentOf = (alert: Alert): object => ({
  client: 'trailkeeper',
  payload: {
    summary: withoutLinks(clip(headline(alert), 1000)),
    source: alert.about.trail ?? 'trailkeeper',
    severity: severities[alert.severity],
    timestamp: alert.about.updatedAt,
    component: 'CloudTrail',
    class: alert.about.kind,
    custom_details: detailsOf(alert),
  },
  links: alert.links.map(({ text, url }) => ({ href: url, text })),
});

/** PagerDuty shows text as it is, with a link for each address in it. */
const detailsOf = ({ id, callToAction, commands, facts, ...alert }: Alert): object =>
  Object.fromEntries(
    [
      ['What to do', callToAction],
      ...[alert.impacts, alert.todo, alert.drift, ...alert.sections]
        .filter(({ lines }) => lines.length > 0)
        .map(({ heading, lines }: Section) => [heading, truncateLines(lines, 3000).join('\n')]),
      ...[...commands, ...facts].map(({ label, value }) => [label, value]),
      ['Incident', id],
    ].map((entry) => entry.map((text = '') => withoutLinks(text))),
  );

const severities: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
};

function parseKey(text: string): string {
  if (/^[A-Za-z0-9]{32}$/.test(text)) return text;
  throw new SecretError(
    "PagerDuty's secret must be the integration key of an Events API v2 integration, which has 32 letters and digits, and nothing else: store it as plain text",
  );
}
