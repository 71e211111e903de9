import type { GapEvidence, Recoveries, RecoveryEvidence } from '#evidence/evidence.ts';
import { extentText, extrasOf, lacksOf, signatureText } from '#evidence/recoveries.ts';
import { renderCallRef, renderRecoverability } from '#gaps/render-gap.ts';
import { formatBetween } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { code, el, foldedIfLong, list, type Node, section, table, time } from './elements.ts';
import type { Anchored } from './incident-list.ts';

/** Each gap, what of it can be recovered, and what was. */
export function gapSection(all: readonly Anchored[], recoveries: Recoveries): Node {
  const { found, unread } = recoveries;
  const anchors = new Map(found.map(({ manifest }, i) => [manifest, `recovery-${i + 1}`]));
  const rows = all.flatMap(({ incident, anchor }) =>
    incident.gaps.map((gap) => [
      time(gap.from),
      `${formatBetween(gap.from, gap.to)}${gap.isOpen ? ' so far' : ''}`,
      el('a', { href: `#${anchor}` }, `${gap.isCertain ? '' : 'perhaps: '}${gap.description}`),
      renderCallRef(gap.startedBy),
      gap.recoverability === null
        ? 'it is not known which events are missing'
        : list(renderRecoverability(gap.recoverability)),
      recoveredCell(gap, anchors),
    ]),
  );
  const head = ['From', 'For', 'What', 'Began', 'Recoverable', 'Recovered'];
  return section(
    'gaps',
    rows.length === 0 ? 'Gaps' : `Gaps: ${rows.length}`,
    rows.length === 0
      ? el('p', {}, 'None.')
      : foldedIfLong(rows.length, 'gaps', table('Gaps in the record', head, rows)),
    found.length === 0 ? '' : recoveryTable(found),
    ...unread.map((sentence) => el('p', { class: 'warning' }, sentence)),
  );
}

function recoveredCell({ recovery }: GapEvidence, anchors: ReadonlyMap<string, string>) {
  if (recovery === null) return 'event history has nothing of it';
  const links = recovery.manifests.flatMap((manifest) => {
    const anchor = anchors.get(manifest);
    return anchor === undefined ? [] : [' ', el('a', { href: `#${anchor}` }, 'see recovery')];
  });
  return el('span', {}, extentText[recovery.extent], ...links);
}

/** Where the recovered events are, and what vouches for them. */
function recoveryTable(found: readonly RecoveryEvidence[]): Node {
  const rows = found.map((recovery, i) => [
    el('span', { id: `recovery-${i + 1}` }, ...recovery.intervals.map(intervalOf)),
    titleOf(recovery.trail),
    `${recovery.recovered}, of accounts: ${recovery.accounts}, Regions: ${recovery.regions}`,
    el(
      'span',
      {},
      `${recovery.files} below `,
      code(recovery.folder),
      ...extrasOf(recovery).map((text) => `. ${text}`),
    ),
    el(
      'span',
      {},
      code(recovery.manifest),
      `, ${signatureText(recovery)}, written `,
      time(recovery.finishedAt),
      ', SHA-256 ',
      code(recovery.sha256),
    ),
    lacksCell(lacksOf(recovery)),
  ]);
  const head = [
    'Time that was read',
    'Trail',
    'Events',
    'Log files',
    'Manifest',
    'What is not there',
  ];
  const content = table('Recovered events', head, rows);
  return foldedIfLong(rows.length, 'recoveries', content);
}

const intervalOf = ({ from, to }: RecoveryEvidence['intervals'][number]): Node =>
  el('span', {}, time(from), ' to ', time(to), ' ');

const lacksCell = (lacks: readonly string[]): Node | string =>
  lacks.length === 0 ? 'nothing is missing' : list(lacks);
