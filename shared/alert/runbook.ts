import type { Fact, Link } from './alert.ts';
import type { AlertKind } from './alert-kinds.ts';

/** The link to the section of the runbook, if the organization published it. */
export const runbookLinks = (kind: AlertKind, runbook: string | null): readonly Link[] =>
  runbook === null ? [] : [{ text: 'Runbook', url: `${runbook}#${kind}` }];

/** Where the section is otherwise. */
export const runbookFacts = (kind: AlertKind, runbook: string | null): readonly Fact[] =>
  runbook === null ? [{ label: 'Runbook', value: `docs/runbook.md#${kind}` }] : [];
