import type {
  TamperEvidence,
  TrailEvidence,
  VersionEvidence,
  WindowEvidence,
} from '#evidence/evidence.ts';
import { formatBetween } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import {
  chip,
  code,
  el,
  facts,
  foldedIfLong,
  list,
  type Node,
  section,
  table,
  time,
} from './elements.ts';

/** The baselines in force, and the versions that were stored in the window. */
export function baselineSection(trails: readonly TrailEvidence[]): Node {
  return section('baselines', 'Baseline in force', ...trails.flatMap(baselineOf));
}

function baselineOf({ trail, baseline, versions }: TrailEvidence): readonly Node[] {
  const head = ['Version', 'Type', 'Stored', 'By', 'Reason', 'SHA-256', 'Signed by'];
  return [
    el('h3', {}, titleOf(trail)),
    baseline === null
      ? el('p', {}, 'The trail is not protected.')
      : 'problem' in baseline
        ? el('p', { class: 'warning' }, `The baseline cannot be used: ${baseline.problem}`)
        : versionFacts(baseline),
    ...(baseline !== null && 'faults' in baseline
      ? baseline.faults.map((fault) => el('p', { class: 'warning' }, fault))
      : []),
    ...(versions.length === 0
      ? []
      : [table(`Versions stored in this time: ${titleOf(trail)}`, head, versions.map(versionRow))]),
  ];
}

const versionFacts = (one: VersionEvidence): Node =>
  facts([
    ['Version', String(one.version)],
    ['Captured', time(one.at)],
    ['By', code(one.by)],
    ['Reason', one.reason],
    ['SHA-256', one.sha256 === null ? 'its row is gone' : code(one.sha256)],
    ['Version before', one.previous === null ? 'none' : code(one.previous)],
    ['Signature', signatureOf(one)],
  ]);

const signatureOf = ({ signedBy, signature }: VersionEvidence): Node | string => {
  if (signedBy === null) return 'not verified: no approver keys are known';
  const algorithm = signature === null ? '' : `, ${signature.algorithm}`;
  return el('span', {}, 'verified, by key ', code(signedBy), algorithm);
};

const versionRow = (one: VersionEvidence) => [
  String(one.version),
  one.type,
  time(one.at),
  code(one.by),
  one.reason,
  one.sha256 === null ? '' : code(one.sha256),
  one.signedBy === null ? 'not verified' : code(one.signedBy),
];

/** The maintenance windows. */
export function windowSection(trails: readonly TrailEvidence[]): Node {
  const rows = trails.flatMap(({ trail, windows }) =>
    windows.map((window) => windowRow(titleOf(trail), window)),
  );
  const head = ['From', 'Until', 'Trail', 'Kinds', 'By', 'Reason', 'Signed by', 'Id'];
  return section(
    'windows',
    'Maintenance windows',
    rows.length === 0 ? el('p', {}, 'None.') : table('Maintenance windows', head, rows),
  );
}

function windowRow(trail: string, window: WindowEvidence) {
  if ('problem' in window) {
    return ['not valid', '', trail, '', '', window.problem, '', code(window.key)];
  }
  const { id, kinds, from, until, by, reason, signedBy, ended } = window;
  const end = ended === null ? '' : `, ended early by ${ended.by}: ${ended.reason}`;
  return [
    time(from),
    time(until),
    ...[trail, kinds.join(', '), code(by), `${reason}${end}`],
    signedBy === null ? 'not verified' : code(signedBy),
    code(id),
  ];
}

/** What was done to trailkeeper itself. */
export function tamperSection(tampering: readonly TamperEvidence[]): Node {
  const rows = tampering.map(({ at, severity, title, cause, details, record }) => [
    time(at),
    chip(severity),
    el('span', {}, title, details.length === 0 ? '' : list(details)),
    cause === null ? 'not known' : cause.principal.description,
    cause?.eventId == null ? 'none' : code(cause.eventId),
    code(record.sha256),
  ]);
  const head = ['Found', 'Severity', 'What', 'By', 'Event id', 'SHA-256 of the record'];
  return section(
    'trailkeeper',
    'Changes of trailkeeper itself',
    rows.length === 0 ? el('p', {}, 'None.') : table('Changes of trailkeeper itself', head, rows),
  );
}

/** What this report does not know. */
export function unknownSection(trails: readonly TrailEvidence[]): Node {
  const rows = trails.flatMap(({ trail, coverage }) =>
    coverage.unknown.ranges.map(({ from, to, reason }) => [
      time(from),
      formatBetween(from, to),
      titleOf(trail),
      reason,
    ]),
  );
  const unreadable = trails.flatMap((trail) => trail.unreadable);
  return section(
    'unknown',
    'Not known',
    rows.length === 0 && unreadable.length === 0 ? el('p', {}, 'Nothing.') : '',
    rows.length === 0
      ? ''
      : foldedIfLong(
          rows.length,
          'times',
          table('Not known whether events were recorded', ['From', 'For', 'Trail', 'Why'], rows),
        ),
    unreadable.length === 0 ? '' : list(unreadable),
  );
}
