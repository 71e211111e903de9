import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { messageOf } from '#aws/errors.ts';
import { hashOf } from '#baseline/signing/signature.ts';
import type { Evidence } from '#evidence/evidence.ts';
import { ocsfFindings } from '#evidence/ocsf.ts';
import { coverageLine, summaryLines } from '#evidence/summary.ts';
import { shortTime } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { action } from '../context.ts';
import { examples, pastTime } from '../options.ts';
import { readEvidence, subjectOf } from '../report/read-evidence.ts';
import { streams } from '../session.ts';
import { note, paint } from '../terminal.ts';

type Options = {
  readonly incident?: string;
  readonly from?: string;
  readonly to?: string;
  readonly html?: string;
  readonly ocsf?: true;
};

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', 'the name or ARN of a trail; default: every trail')
    .option('--incident <id>', 'report one incident, by the beginning of its id')
    .option('--from <time>', 'report from a time, or a duration ago such as 2h or 7d', pastTime)
    .option('--to <time>', 'until a time; default: now', pastTime)
    .option('--html <file>', 'write a page that can be filed and printed')
    .option('--ocsf', 'print the incidents as OCSF Detection Findings, one JSON object a line')
    .addHelpText(
      'after',
      examples(
        'report --incident 5cfd2e71 --html incident.html',
        'report org-trail --from 30d --html november.html',
        'report --from 7d --ocsf',
      ),
    )
    .action(
      action<Options>(async (context, [trail], options) => {
        const subject = subjectOf(trail, options, { now: context.now(), verb: 'report' });
        const evidence = await readEvidence(context, subject);
        if (options.html !== undefined) await writePage(options.html, evidence);
        if (options.ocsf) printFindings(evidence);
        else context.answer(evidence, () => linesOf(evidence));
        return 0;
      }),
    );

/** Writes the page, and notes the hash by which it can be recognized. */
async function writePage(file: string, evidence: Evidence): Promise<void> {
  const { renderPage } = await import('../report/page.ts');
  const html = renderPage(evidence);
  try {
    writeFileSync(file, html);
  } catch (cause) {
    throw new Error(`--html: cannot write ${file}: ${messageOf(cause)}`, { cause });
  }
  note(`${file} written, SHA-256 ${hashOf(html)}`);
}

function printFindings(evidence: Evidence): void {
  for (const finding of ocsfFindings(evidence)) {
    streams().stdout.write(`${JSON.stringify(finding)}\n`);
  }
}

const linesOf = (evidence: Evidence): readonly string[] => [
  `${shortTime(evidence.window.from)} to ${shortTime(evidence.window.to)}`,
  ...summaryLines(evidence),
  ...evidence.trails.map(
    (trail) => `${paint('bold', titleOf(trail.trail))}: ${coverageLine(trail)}`,
  ),
];
