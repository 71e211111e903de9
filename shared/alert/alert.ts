import type { Severity } from '#drift/impact.ts';
import { escapeControlChars } from '#text/escape.ts';
import type { AlertKind } from './alert-kinds.ts';

/**
 * A message to people as data, the same for every channel. Texts may be written by an attacker: control characters are escaped
 * here, and each channel escapes its own markup.
 */
export type Alert = {
  readonly id: string;
  readonly about: Subject;
  readonly severity: Severity;
  /** What happened. */
  readonly title: string;
  /** What to do, or that nothing is to be done. */
  readonly callToAction: string;
  /** Whether a person has to act now. */
  readonly needsAction: boolean;
  /** Whether the problem is over. */
  readonly isOver: boolean;
  /** Shell commands that can be pasted, each with what it is for. */
  readonly commands: readonly Fact[];
  /** The effects of the drift, the worst first: while it lasts, or before it was repaired. */
  readonly impacts: Section;
  /** What is left, with the remedy if one is known. */
  readonly todo: Section;
  /** Each drifted field, with its baseline and what was found. */
  readonly drift: Section;
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
  /** What people can do about it where they read it. */
  readonly actions: readonly AlertAction[];
};

/** What happened, and what to do about it. */
export type Wording = Pick<Alert, 'title' | 'callToAction'> &
  Partial<Pick<Alert, 'needsAction' | 'commands'>>;

/** A button: what it does, and about what. */
export type AlertAction = {
  readonly does: string;
  readonly label: string;
  readonly isPrimary?: true;
  readonly on: object;
};

/** What an alert is about, for programs. */
type Subject = {
  readonly kind: AlertKind;
  /** The ARN of the trail; null if the alert is about trailkeeper itself. */
  readonly trail: string | null;
  /** When it began, and when it last changed; ISO 8601. */
  readonly startedAt: string;
  readonly updatedAt: string;
};

export type Fact = { readonly label: string; readonly value: string };

/** Lines under a heading. Code is shown in a fixed-width font, so that values can be compared. */
export type Section = {
  readonly heading: string;
  readonly lines: readonly string[];
  readonly isCode: boolean;
};

export type Link = { readonly text: string; readonly url: string };

/** What an alert needs to know beside the record that it is about. */
export type AlertOptions = {
  /** Where the functions write their logs. */
  readonly logs: { readonly region: string; readonly groups: readonly string[] };
  /** Whether names, ARNs and IP addresses of principals, which are personal data, are left out. */
  readonly omitActors: boolean;
  /** A maintenance window counts for at most so many hours, whatever it says. */
  readonly maxWindowHours: number;
  /** The URL of the runbook; null if the organization did not publish it. */
  readonly runbook: string | null;
};

export const noSection: Section = { heading: '', lines: [], isCode: false };

/** The parts that an alert has only if it says so. */
export const optionalParts = {
  needsAction: false,
  isOver: false,
  commands: [],
  impacts: noSection,
  todo: noSection,
  drift: noSection,
  facts: [],
  sections: [],
  links: [],
  actions: [],
} as const satisfies Partial<Alert>;

/** Whether a person should still look at it: it is not over, or asks for action. */
export const isOpen = ({ isOver, needsAction }: Pick<Alert, 'isOver' | 'needsAction'>): boolean =>
  needsAction || !isOver;

/** The icon and the color of an alert: of its severity, or green once it is over. */
export const lookOf = ({ severity, isOver }: Pick<Alert, 'severity' | 'isOver'>): Look =>
  looks[isOver ? 'over' : severity];

type Look = { readonly icon: string; readonly color: string };

const looks: Readonly<Record<Severity | 'over', Look>> = {
  critical: { icon: '🔴', color: '#c62828' },
  high: { icon: '🟠', color: '#ef6c00' },
  medium: { icon: '🟡', color: '#f9a825' },
  low: { icon: '🔵', color: '#1565c0' },
  over: { icon: '✅', color: '#2e7d32' },
};

/** One line for a notification: `CRITICAL: org-trail is NOT restored: nothing is recorded`. */
export function headline({ severity, title, impacts: { heading, lines } }: Alert): string {
  const worst = (lines[0] ?? '').replace(/^(?:critical|high|medium|low): /, '');
  const impact = heading === pastImpact ? ` (before: ${worst})` : `: ${worst}`;
  return clip(`${severity.toUpperCase()}: ${title}${worst === '' ? '' : impact}`, 300);
}

/** The heading of impacts that are over. */
export const pastImpact = 'Impact, now over';

/** A text that others wrote, on one line and at most `longest` characters long. */
export const printable = (text: string): string => clip(escapeControlChars(text), longest);

export const longest = 500;

export const clip = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : text;

/** Text of others without addresses that a program would turn into links. */
export const withoutLinks = (text: string): string =>
  text.replace(/:(?=\/\/)|(?<=mailto):/gi, '$& ');

/** A fact, or none if there is no value. */
export const fact = (label: string, value: string | null): readonly Fact[] =>
  value === null ? [] : [{ label, value: printable(value) }];
