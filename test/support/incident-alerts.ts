import type { Alert, AlertOptions } from '#alert/alert.ts';
import { alertOf } from '#alert/alert-of.ts';
import type { Incident } from '#incident/incident.ts';
import { drifted, incident, stopped, unencrypted } from './incident.ts';

export const options: AlertOptions = {
  logs: { region: 'eu-central-1', groups: ['Sweep', 'Remediate'] },
  omitActors: false,
  runbook: 'https://wiki.example.com/runbook',
  maxWindowHours: 4,
};

export const alertOfIncident = (stored: Incident, more: Partial<AlertOptions> = {}) =>
  alertOf({ incident: stored }, { ...options, ...more });

export const alertWith = (changes: Partial<Incident>) =>
  alertOfIncident({ ...incident, ...changes });

export const factsIn = ({ facts }: Alert): Record<string, string> =>
  Object.fromEntries(facts.map(({ label, value }) => [label, value]));

export const factsWith = (changes: Partial<Incident>) => factsIn(alertWith(changes));
export const linesIn = ({ sections }: Alert, heading: string) =>
  sections.find((section) => section.heading === heading)?.lines;

export const logging = drifted('logging', stopped);
export const settings = drifted('settings', unencrypted);
