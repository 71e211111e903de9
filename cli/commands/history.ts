import type { Command } from 'commander';
import type { Baseline } from '#baseline/baseline.ts';
import { baselineBefore, differences } from '#baseline/differences.ts';
import { versionInForce } from '#baseline/known-trail.ts';
import { isRetirement } from '#baseline/retirement.ts';
import { shortId } from '#baseline/signing/signature.ts';
import type { Reading } from '#baseline/signing/version-chain.ts';
import { escapeControlChars } from '#text/escape.ts';
import { shortTime } from '#text/time.ts';
import { action } from '../context.ts';
import { examples } from '../options.ts';
import { columns, paint, principalName } from '../terminal.ts';
import { anyTrail, notProtected, trailHelp } from '../trails.ts';

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', trailHelp)
    .addHelpText('after', examples('history org-trail'))
    .action(
      action(async (context, [text]) => {
        const { arn } = await anyTrail(context, text);
        const stored = await context.baselines.history(arn);
        if (stored.length === 0) throw notProtected(arn);
        const current = versionInForce(await context.baselines.find(arn));
        const versions = stored.map((one) => ({ ...one, isCurrent: one.number === current }));
        context.answer({ trail: arn, versions: versions.map(entry) }, () => {
          const rows = versions.map((one) => row(one, stored));
          return columns(['VERSION', 'STORED', 'BY', 'SIGNED BY', 'REASON', 'CHANGES'], rows);
        });
        return 0;
      }),
    );

type Entry = Reading & { readonly isCurrent: boolean };

function entry({ number, isCurrent, ...one }: Entry): object {
  const content =
    'error' in one ? { error: one.error.message } : { stored: one.version, signedBy: one.signedBy };
  return { version: number, isCurrent, ...content };
}

function row(one: Entry, history: readonly Reading[]): readonly string[] {
  const number = one.isCurrent ? `${one.number} ${paint('green', 'in force')}` : String(one.number);
  if ('error' in one) {
    const problem = `${paint('red', 'invalid')} ${escapeControlChars(one.error.message)}`;
    return [number, '', '', '', problem, ''];
  }
  const { version } = one;
  const [at, by, changes] = isRetirement(version)
    ? [version.retiredAt, version.retiredBy, 'retired']
    : [version.capturedAt, version.capturedBy, changedSince(version, history)];
  const signed = one.signedBy === null ? '' : shortId(one.signedBy);
  const reason = escapeControlChars(version.reason);
  return [number, shortTime(at), principalName(by), signed, reason, changes];
}

/** The fields that changed from the baseline before. */
function changedSince(baseline: Baseline, history: readonly Reading[]): string {
  const before = baselineBefore(history, baseline.version);
  if (before === null) return '';
  return differences(before, baseline)
    .map(({ path }) => escapeControlChars(path))
    .join(', ');
}
