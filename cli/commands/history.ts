import { Command } from 'commander';
import type { Baseline } from '#baseline/baseline.ts';
import type { StoredVersion } from '#baseline/baseline-store.ts';
import { differences } from '#baseline/differences.ts';
import { versionInForce } from '#baseline/known-trail.ts';
import { isRetirement } from '#baseline/retirement.ts';
import { shortId } from '#baseline/signing/signature.ts';
import { escapeControlChars } from '#text/escape.ts';
import { action } from '../context.ts';
import { columns, paint, principalName, shortTime } from '../terminal.ts';
import { anyTrail, notGuarded, trailHelp } from '../trails.ts';

export const history = new Command('history')
  .description('list the versions of a baseline, newest first')
  .argument('[trail]', trailHelp)
  .action(
    action(async (context, [text]) => {
      const { arn } = await anyTrail(context, text);
      const stored = await context.baselines.history(arn);
      if (stored.length === 0) throw notGuarded(arn);
      const current = versionInForce(await context.baselines.find(arn));
      const versions = stored.map((one) => ({ ...one, isCurrent: one.number === current }));
      context.answer({ trail: arn, versions: versions.map(entry) }, () => {
        const rows = versions.map((one, i) => [
          one.isCurrent ? paint('green', '*') : '',
          ...row(one, stored.slice(i + 1)),
        ]);
        return [columns(['', 'VERSION', 'STORED', 'BY', 'SIGNED BY', 'REASON', 'CHANGES'], rows)];
      });
      return 0;
    }),
  );

type Entry = StoredVersion & { readonly isCurrent: boolean };

function entry({ number, isCurrent, ...one }: Entry): object {
  const content =
    'error' in one ? { error: one.error.message } : { stored: one.version, signedBy: one.signedBy };
  return { version: number, isCurrent, ...content };
}

function row(one: StoredVersion, older: readonly StoredVersion[]): string[] {
  const number = String(one.number);
  if ('error' in one) {
    return [
      number,
      '',
      '',
      '',
      `${paint('red', 'invalid')} ${escapeControlChars(one.error.message)}`,
      '',
    ];
  }
  const signed = one.signedBy === null ? '' : shortId(one.signedBy);
  if (isRetirement(one.version)) {
    const { retiredAt, retiredBy, reason } = one.version;
    return [
      number,
      shortTime(retiredAt),
      principalName(retiredBy),
      signed,
      escapeControlChars(reason),
      'retired',
    ];
  }
  const { capturedAt, capturedBy, reason } = one.version;
  const changed = changedSince(one.version, older);
  return [
    number,
    shortTime(capturedAt),
    principalName(capturedBy),
    signed,
    escapeControlChars(reason),
    changed,
  ];
}

/** The fields that changed from the baseline before. */
function changedSince(baseline: Baseline, older: readonly StoredVersion[]): string {
  const before = older.find((one) => 'version' in one && !isRetirement(one.version));
  if (before === undefined || !('version' in before)) return '';
  return differences(before.version as Baseline, baseline)
    .map(({ path }) => escapeControlChars(path))
    .join(', ');
}
