import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { chromium } from 'playwright-core';
import { escapeHtml } from '#sandbox/preview/html.ts';
import { messages } from '#sandbox/preview/messages.ts';
import { pageOf } from '#sandbox/preview/page.ts';
import { sampleEvidence } from '#sandbox/preview/sample-evidence.ts';
import { sampleDays, sampleIncidents } from '#sandbox/preview/sample-incidents.ts';
import { renderPage } from '../cli/report/page.ts';

// Creates the images of README.md from the output of the demo and from the alert preview.

const { browser: executablePath } = new Command('npm run pictures --')
  .description('Renders the pictures in docs/images.')
  .option('--browser <file>', 'the executable of Chromium', '/usr/bin/chromium')
  .parse()
  .opts<{ readonly browser: string }>();

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const folder = await mkdtemp(join(tmpdir(), 'trailkeeper-pictures-'));
try {
  const { stdout } = await promisify(execFile)(process.execPath, ['sandbox/demo.ts']);
  await capture(terminalPage(stdout), 'pre', 'docs/images/demo.png');
  const alert = messages.filter(({ label }) => label === 'restored');
  await capture(pageOf(alert), 'article', 'docs/images/alert.png');
  const report = renderPage(sampleEvidence(sampleIncidents, sampleDays));
  await capture(report, 'figure', 'docs/images/report.png', { top: true, width: 1000 });
} finally {
  await browser.close();
  await rm(folder, { recursive: true });
}

/** Saves an image of an element of a page; with `top`, of the page down to its end. */
async function capture(
  html: string,
  element: string,
  path: string,
  { top = false, width = 820 } = {},
): Promise<void> {
  const file = join(folder, 'page.html');
  await writeFile(file, html);
  const page = await browser.newPage({ viewport: { width, height: 900 }, deviceScaleFactor: 2 });
  await page.goto(pathToFileURL(file).href);
  const pictured = page.locator(element).first();
  if (top) {
    const box = await pictured.boundingBox();
    const height = Math.ceil((box?.y ?? 0) + (box?.height ?? 0)) + 4;
    await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height } });
  } else await pictured.screenshot({ path });
  await page.close();
}

/** The demo's output about the trail, rendered like a terminal. */
function terminalPage(output: string): string {
  const [attacks = ''] = output.split(/^The alert about/m);
  const [, summary = ''] = /^(\d+ of \d+ attacks on the trail[\s\S]*)$/m.exec(output) ?? [];
  const text = `$ npm run demo\n${attacks}…\n\n${summary}`.trim();
  return `<!doctype html><meta charset="utf-8"><style>
    pre { display: inline-block; margin: 0; padding: 16px 20px; border-radius: 8px; background: #1a1d21;
      color: #d1d2d3; font: 13px/1.45 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
    b { color: #4ac26b; font-weight: 400; }
    </style><pre>${escapeHtml(text).replace(/(restored|reported) in [\d.]+ s/g, '<b>$&</b>')}</pre>`;
}
