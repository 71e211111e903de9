import type { Severity } from '#drift/impact.ts';
import { escapeControlChars } from '#text/escape.ts';

/**
 * A message to people as data, the same for every channel. Texts may be written by an attacker: control characters are escaped
 * here, and each channel escapes its own markup.
 */
export type Alert = {
  readonly id: string;
  readonly severity: Severity;
  readonly icon: string;
  /** What happened. */
  readonly title: string;
  /** What to do, or that nothing is to be done. */
  readonly callToAction: string;
  /** Whether a person has to act now. */
  readonly needsAction: boolean;
  /** The effects of the drift, the worst first: while it lasts, or before it was repaired. */
  readonly impacts: Section;
  /** What is left, with the remedy if one is known. */
  readonly todo: Section;
  /** Each drifted field, with its baseline and what was found. */
  readonly drift: Section;
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
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
};

export const noSection: Section = { heading: '', lines: [], isCode: false };

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

/** A fact, or none if there is no value. */
export const fact = (label: string, value: string | null): readonly Fact[] =>
  value === null ? [] : [{ label, value: printable(value) }];
