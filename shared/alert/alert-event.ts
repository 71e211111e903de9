import * as z from 'zod';
import { type Severity, severities } from '#drift/impact.ts';
import { type Alert, isOpen, type Section } from './alert.ts';
import { alertKinds } from './alert-kinds.ts';
import type { Target } from './channel.ts';

const text = z.string();
const lines = z.array(text);
const fact = z.strictObject({ label: text, value: text });

/** An alert for programs: what the webhook and EventBridge get. `npm run schemas` publishes the schema. */
export const alertEvent = z.strictObject({
  schema: z.literal(1).describe('Fields may be added without a new number.'),
  id: text.describe('The same if the alert is sent once more: drop what you have already.'),
  key: text.describe('The same for every alert about one incident, and for no other incident.'),
  incident: text.describe('The ID of the incident, as alerts show it.'),
  kind: z.enum(alertKinds).describe('The section of the runbook.'),
  trail: text.nullable().describe('The ARN; null if the alert is about trailkeeper itself.'),
  severity: z.enum(severities as [Severity, ...Severity[]]),
  status: z.enum(['open', 'resolved']),
  needsAction: z.boolean().describe('Whether a person has to act now.'),
  startedAt: text,
  updatedAt: text,
  title: text,
  callToAction: text,
  impacts: lines,
  todo: lines.describe('What is left, with the remedy if one is known.'),
  drift: lines.describe('Each drifted field, with its baseline and what was found.'),
  commands: z.array(fact),
  facts: z.array(fact),
  sections: z.array(z.strictObject({ heading: text, lines })),
  links: z.array(z.strictObject({ text, url: text })),
});

export type AlertEvent = z.infer<typeof alertEvent>;

export function alertEventOf(alert: Alert, { id, key }: Pick<Target, 'id' | 'key'>): AlertEvent {
  const { about, severity, needsAction, title, callToAction, impacts, todo, drift } = alert;
  const linesOf = ({ lines }: Section) => lines.slice(0, 100).map((line) => line.slice(0, 1000));
  return {
    ...{ schema: 1, id, key, incident: alert.id, ...about },
    ...{ severity, status: isOpen(alert) ? 'open' : 'resolved', needsAction, title, callToAction },
    ...{ impacts: linesOf(impacts), todo: linesOf(todo), drift: linesOf(drift) },
    commands: [...alert.commands],
    facts: [...alert.facts],
    sections: alert.sections.map((one) => ({ heading: one.heading, lines: linesOf(one) })),
    links: [...alert.links],
  };
}
