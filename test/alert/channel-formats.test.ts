import fc from 'fast-check';
import { type DefaultTreeAdapterMap, parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import type { Alert } from '#alert/alert.ts';
import { alertEvent, alertEventOf } from '#alert/alert-event.ts';
import { alertOf } from '#alert/alert-of.ts';
import { htmlOf } from '#alert/channels/email-html.ts';
import { requestsOf } from '#alert/channels/jsm.ts';
import { eventsOf } from '#alert/channels/pagerduty.ts';
import { findingOf } from '#alert/channels/securityhub.ts';
import { cardOf, teamsMessage } from '#alert/channels/teams-card.ts';
import { testAlert } from '#alert/test-alert.ts';
import { previewOptions } from '#sandbox/preview/messages.ts';
import { samples } from '#sandbox/preview/samples.ts';
import { jsm } from '#sandbox/products/jsm.ts';
import { pagerduty } from '#sandbox/products/pagerduty.ts';
import { newProducts, productSecrets } from '#sandbox/products/products.ts';
import { teams } from '#sandbox/products/teams.ts';
import { runs } from '../support/property-runs.ts';

const target = {
  ...{ key: 'a'.repeat(64), id: 'b'.repeat(64), isFirst: true, mayHaveArrived: false },
  isAcknowledgement: true,
};
const reach = { partition: 'aws', region: 'us-east-1', account: '111122223333' } as const;

const ofSamples = samples.map(({ label, record }) => ({
  label,
  alert: alertOf(record, previewOptions),
}));

/** Text of an attacker, with what each format reads as markup. */
const marks = ['<img src=x onerror=alert(1)>', '[a](https://evil.example)', '**b**', '{{DATE(x)}}'];
const hostile = fc.array(
  fc.constantFrom(...marks, '"', "'", '&', '😀', 'https://evil.example/', '\n'),
  {
    maxLength: 200,
  },
);
const text = hostile.map((parts) => parts.join(' '));
const lines = fc.array(text, { maxLength: 60 });
const section = fc.record({ heading: text, lines, isCode: fc.boolean() });
const [{ alert: sample } = { alert: testAlert('') }] = ofSamples;
const alerts: fc.Arbitrary<Alert> = fc.record({
  actions: fc.constant([]),
  ...{ id: text, title: text, callToAction: text, needsAction: fc.boolean(), isOver: fc.boolean() },
  severity: fc.constantFrom('critical', 'high', 'medium', 'low'),
  about: fc.constant(sample.about),
  commands: fc.constant(sample.commands),
  ...{ impacts: section, todo: section, drift: section },
  sections: fc.array(section, { maxLength: 4 }),
  facts: fc.array(fc.record({ label: fc.constant('Actor'), value: text }), { maxLength: 12 }),
  links: fc.constant(sample.links),
});

const check = (accepts: (alert: Alert) => void) => {
  for (const { alert } of ofSamples) accepts(alert);
  fc.assert(fc.property(alerts, accepts), { numRuns: runs(30) });
};

describe('every alert, with any text of an attacker, is within the limits of', () => {
  test('PagerDuty', () => {
    const routing_key = productSecrets['Trailkeeper-PagerDuty'];
    check((alert) => {
      for (const event of eventsOf(alert, target)) {
        const json = JSON.stringify({ routing_key, ...event });
        expect(pagerduty({ headers: {} }, json, newProducts()).status).toBe(202);
      }
    });
  });

  test('Jira Service Management and Opsgenie', () => {
    const headers = { authorization: `GenieKey ${productSecrets['Trailkeeper-JSM']}` };
    check((alert) => {
      for (const { path, body } of requestsOf(alert, target)) {
        const request = { url: `/v2/alerts${path}`, headers };
        expect(jsm(request, JSON.stringify(body), newProducts()).status).toBe(202);
      }
    });
  });

  test('Microsoft Teams', () => {
    const { pathname, search } = new URL(productSecrets['Trailkeeper-Teams'] ?? '');
    check((alert) => {
      const request = { url: pathname + search, headers: {} };
      expect(teams(request, teamsMessage(alert), newProducts()).status).toBe(202);
    });
  });

  test('Security Hub', () => {
    check((alert) => {
      const { Title = '', Description = '', Remediation } = findingOf(alert, target.key, reach);
      expect(Title.length).toBeLessThanOrEqual(256);
      expect(Description.length).toBeLessThanOrEqual(1024);
      expect(Remediation?.Recommendation?.Text?.length).toBeLessThanOrEqual(512);
    });
  });

  test('EventBridge', () => {
    check((alert) => {
      const event = alertEvent.parse(alertEventOf(alert, target));
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(256_000);
    });
  });
});

type Node = DefaultTreeAdapterMap['node'];
type Element = DefaultTreeAdapterMap['element'];

function elementsIn(node: Node): readonly Element[] {
  const children = 'childNodes' in node ? node.childNodes.flatMap(elementsIn) : [];
  return 'tagName' in node ? [node, ...children] : children;
}

describe('text of an attacker is text in', () => {
  test('an e-mail: it makes no element, no attribute and no link', () => {
    const ours = new Set(sample.links.map(({ url }) => url));
    check((alert) => {
      const elements = elementsIn(parse(htmlOf(alert)));
      const tags = elements.map(({ tagName }) => tagName);
      expect(tags.filter((tag) => !htmlTags.has(tag))).toEqual([]);
      const attributes = elements.flatMap(({ attrs }) => attrs);
      expect(attributes.filter(({ name }) => /^on|src/.test(name))).toEqual([]);
    });
    fc.assert(
      fc.property(alerts, (alert) => {
        const links = elementsIn(parse(htmlOf(alert))).flatMap(({ attrs }) =>
          attrs.filter(({ name }) => name === 'href').map(({ value }) => value),
        );
        expect(links.filter((link) => !ours.has(link))).toEqual([]);
        expect(htmlOf(alert)).not.toContain('https://evil.example');
      }),
      { numRuns: runs(30) },
    );
  });

  test('an Adaptive Card: it is in text runs, which have no Markdown, and opens no address', () => {
    check((alert) => {
      const card = cardOf(alert);
      const types = [...JSON.stringify(card).matchAll(/"type":"([\w.]+)"/g)].map(
        ([, type]) => type,
      );
      expect(types.filter((type) => !cardTypes.has(String(type)))).toEqual([]);
      expect(JSON.stringify(card.actions)).not.toContain('evil.example');
    });
  });

  test('alerts of those on call: no address becomes a link', () => {
    check((alert) => {
      const sent = JSON.stringify([eventsOf(alert, target), requestsOf(alert, target)]);
      expect(sent).not.toContain('https://evil.example');
      expect(JSON.stringify(requestsOf(alert, target))).not.toContain('<img');
    });
  });
});

const cardTypes = new Set([
  'AdaptiveCard',
  'Container',
  'RichTextBlock',
  'TextRun',
  'Action.OpenUrl',
]);

const htmlTags = new Set([
  ...['html', 'head', 'meta', 'title', 'body', 'div', 'h1', 'h2', 'p', 'a', 'ul', 'li', 'pre'],
  ...['table', 'tbody', 'tr', 'td'],
]);
