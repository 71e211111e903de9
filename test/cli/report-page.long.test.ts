import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Evidence } from '#evidence/evidence.ts';
import { sampleEvidence } from '#sandbox/preview/sample-evidence.ts';
import { manyIncidents, sampleDays, sampleIncidents } from '#sandbox/preview/sample-incidents.ts';
import { hostile } from '#sandbox/preview/samples.ts';
import { escapeControlChars } from '#text/escape.ts';
import { renderPage } from '../../cli/report/page.ts';
import { browserPath, startBrowser } from '../support/browser.ts';
import { hostileEvidence } from '../support/hostile-evidence.ts';

/** In the page: the times whose hour is drawn to the left of the year, in the same line. */
const turnedTimes = `[...document.querySelectorAll('time')].filter(({ firstChild }) => {
  const [year, hour] = [0, 11].map((at) => {
    const range = document.createRange();
    range.setStart(firstChild, at);
    range.setEnd(firstChild, at + 1);
    return range.getBoundingClientRect();
  });
  return year.top === hour.top && hour.left < year.left;
}).map((one) => one.parentElement.textContent)`;

const days = sampleEvidence(sampleIncidents, sampleDays);
const longName = 'x'.repeat(200);
const month = { from: '2026-10-24T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };

// Needs a browser on the machine.
if (browserPath !== undefined) {
  describe('in a browser, the page of evidence', () => {
    let browser: Browser;
    let folder: string;
    beforeAll(async () => {
      browser = await startBrowser();
      folder = await mkdtemp(join(tmpdir(), 'trailkeeper-page-'));
    });
    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    });

    test('has its landmarks and sections by name, and one heading of the first level', async () => {
      const page = await open(days);

      for (const role of ['banner', 'main', 'contentinfo'] as const) {
        expect(await page.getByRole(role).count(), role).toBe(1);
      }
      expect(await page.getByRole('navigation', { name: 'On this page' }).count()).toBe(1);
      for (const name of ['At a glance', 'Timeline', 'Incidents: 6', 'Gaps: 5', 'Not known']) {
        expect(await page.getByRole('region', { name, exact: true }).count(), name).toBe(1);
      }
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('org-trail');
    });

    test('says at a glance what was recorded, and what is not resolved', async () => {
      const glance = (await open(days)).getByRole('region', { name: 'At a glance' });

      const { recorded } = days.trails[0]?.coverage ?? {};
      expect(await glance.getByText(`${recorded?.percent} %`, { exact: true }).count()).toBe(1);
      expect(await glance.getByText(/6 incidents, 1 NOT resolved/).count()).toBe(1);
    });

    test('has the timeline as an image with a name, and the same as a table', async () => {
      const page = await open(days);
      await page.getByText(/^The timeline as a table/).click();

      const image = page.getByRole('img', { name: 'Timeline of org-trail (us-east-1)' });
      const bars = await image.locator('a').count();
      const rows = page.getByRole('table', { name: 'Timeline of org-trail (us-east-1)' });
      expect(bars).toBe(12);
      // The maintenance window has no link, and the head is a row, too.
      expect(await rows.getByRole('row').count()).toBe(bars + 2);
      expect(await rows.getByRole('cell', { name: 'Maintenance windows' }).count()).toBe(1);
    });

    test('shows who did it, from where, and when it was read back, after a link is followed', async () => {
      const page = await open(days);
      const evidence = page.getByText('198.51.100.23, with the AWS CLI').first();
      expect(await evidence.isVisible()).toBe(false);

      const table = page.getByRole('table', { name: 'Incidents', exact: true });
      await table.getByRole('link', { name: 'nothing is recorded: logging is off' }).click();

      const opened = page.locator('details.incident[open]');
      expect(await opened.count()).toBe(1);
      const text = await opened.innerText();
      expect(text).toContain('mallory, a session of OrganizationAccountAccessRole');
      expect(text).toContain('restored it with StartLogging, read back at 2026-11-22 03:12:11 UTC');
    });

    test('is used by keyboard: the first stop skips to the content, the drawing has none', async () => {
      const page = await open(days);

      await page.keyboard.press('Tab');
      const first = await page.evaluate('document.activeElement.textContent');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');

      expect(first).toBe('Skip to the content');
      expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
      expect(await page.locator('svg a:not([tabindex="-1"])').count()).toBe(0);
    });

    test.each([
      ['a screen', 1280, days],
      ['a phone', 360, days],
      ['a phone if names are long', 360, hostileEvidence(longName)],
    ])('fits %s', async (_what, width, evidence) => {
      const page = await open(evidence, { viewport: { width, height: 800 } });

      const scrolled = await page.evaluate('document.documentElement.scrollWidth');
      expect(scrolled).toBeLessThanOrEqual(width);
    });

    test('shows each row of a table as a list on a phone, with the titles of its columns', async () => {
      const page = await open(days, { viewport: { width: 390, height: 844 } });

      const gaps = page.getByRole('table', { name: 'Gaps in the record' });
      const row = gaps.getByRole('row').nth(1);
      const title = "getComputedStyle(document.querySelector('#gaps td'), '::before').content";
      expect(
        await page.evaluate("document.querySelector('#gaps .scroll').scrollWidth"),
      ).toBeLessThan(390);
      expect(await page.evaluate(title)).toMatch(/For/);
      expect(await row.getByRole('cell').count()).toBe(5);
      expect(await gaps.getByRole('columnheader', { name: 'Recovered' }).count()).toBe(1);
    });

    test('shows times in their order beside text that runs from right to left', async () => {
      const page = await open(hostileEvidence('\u0627\u0644\u0639\u0631'));
      await page.evaluate(
        "document.querySelectorAll('details').forEach((one) => { one.open = true; })",
      );

      expect(await page.evaluate(turnedTimes)).toEqual([]);
    });

    test('has another paper in the dark, and the light one in print', async () => {
      const paper = 'getComputedStyle(document.body).backgroundColor';
      const page = await open(days, { colorScheme: 'dark' });
      const dark = await page.evaluate(paper);
      await page.emulateMedia({ media: 'print' });

      expect(dark).toBe('rgb(20, 24, 30)');
      expect(await page.evaluate(paper)).toBe('rgb(255, 255, 255)');
    });

    test('prints on A4 with the evidence of each incident', async () => {
      const page = await open(days);
      await page.emulateMedia({ media: 'print' });

      const pdf = await page.pdf({ preferCSSPageSize: true });

      expect(pdf.toString('latin1')).toMatch(/\/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
      expect(await page.getByText('198.51.100.23, with the AWS CLI').first().isVisible()).toBe(
        true,
      );
    });

    test('loads nothing, and its policy refuses nothing of it', async () => {
      const requests: string[] = [];
      const complaints: string[] = [];
      const page = await open(days, {}, (one) => {
        one.on('request', (request) => requests.push(request.url()));
        one.on('console', (message) => complaints.push(message.text()));
      });

      expect(requests).toEqual([page.url()]);
      expect(complaints).toEqual([]);
      expect(await page.evaluate('getComputedStyle(document.querySelector("h1")).fontSize')).toBe(
        '28px',
      );
    });

    test('shows the text of an attacker as text: no dialog, no element, no request', async () => {
      const requests: string[] = [];
      const dialogs: string[] = [];
      const text = `${hostile}"><img src=//evil.example onerror=alert(1)></style><svg onload=alert(1)>`;
      const page = await open(hostileEvidence(text), {}, (one) => {
        one.on('request', (request) => requests.push(request.url()));
        one.on('dialog', (dialog) => {
          dialogs.push(dialog.message());
          void dialog.dismiss();
        });
      });

      expect(await page.locator('body').textContent()).toContain(escapeControlChars(text));
      expect(await page.locator('script, img, [onload], [onerror]').count()).toBe(0);
      expect({ dialogs, requests }).toEqual({ dialogs: [], requests: [page.url()] });
    });

    test('stays readable with 1,000 incidents: by day, and the drawing in columns', async () => {
      const page = await open(sampleEvidence(manyIncidents(1000, month.from, 30), month));

      const list = page.getByRole('region', { name: 'Incidents: 1000' });
      expect(await list.getByText(/^2026-1\d-\d\d: \d+ incidents/).count()).toBe(30);
      expect(await page.locator('svg.timeline rect').count()).toBeLessThan(1500);
      expect(await page.getByRole('row').count()).toBeLessThan(50);

      await list.getByText(/^2026-11-01: /).click();
      const day = page.getByRole('table', { name: 'Incidents of 2026-11-01' });
      await day.getByRole('link').first().click();
      expect(await page.locator('details.incident[open]').count()).toBe(1);
    });

    type Settings = Parameters<Browser['newPage']>[0];

    /** Opens the page of some evidence from a file. */
    async function open(
      evidence: Evidence,
      settings: Settings = {},
      watch: (page: Page) => void = () => {},
    ): Promise<Page> {
      const file = join(folder, `${crypto.randomUUID()}.html`);
      await writeFile(file, renderPage(evidence));
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...settings });
      onTestFinished(() => page.close());
      watch(page);
      await page.goto(pathToFileURL(file).href);
      expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
      return page;
    }
  });
}
