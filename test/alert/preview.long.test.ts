import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath, startBrowser } from '../support/browser.ts';

let folder: string;
let file: string;
let html: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trailkeeper-preview-'));
  file = join(folder, 'alerts.html');
  await promisify(execFile)(process.execPath, ['sandbox/preview-alerts.ts', '--out', file]);
  html = await readFile(file, 'utf8');
});
afterAll(() => rm(folder, { recursive: true }));

describe('the page of alerts', () => {
  test('has an alert of every state, and of changes of trailkeeper', () => {
    for (const title of [
      'has drifted; restoring it now',
      'restored and verified',
      'is NOT restored',
      'is only partly restored',
      'remediation is off (observe mode)',
      'cannot be checked',
      'a maintenance window suspends its restore',
      'the next sweep restores it',
      '2 calls to change org-trail failed',
      'changed back before it was checked',
      'is in sync again',
      'repairs keep being reverted',
      'repairs are no longer reverted',
      'has started',
      'has ended',
      'its baseline cannot be used',
      'trailkeeper itself was changed',
      'deployment has drifted',
    ]) {
      expect(html).toContain(title);
    }
  });

  test('has the name of every alarm', () => {
    expect(html).toMatch(/ALARM: &#34;Trailkeeper-HeartbeatAlarm/);
    expect(html).not.toContain('undefined');
  });

  test('loads nothing and runs nothing', () => {
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<img|<link|@import|url\(/i);
  });
});

// Needs a browser on the machine.
if (browserPath !== undefined) {
  describe('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(() => browser.close());

    test.each([
      ['a screen', 1280],
      ['a phone', 360],
    ])('shows every message in full on %s', async (_what, width) => {
      const page = await open(width);

      const boxes = await Promise.all(
        (await page.locator('article').all()).map((message) => message.boundingBox()),
      );
      expect(boxes.length).toBeGreaterThan(16);
      for (const box of boxes) {
        expect(box?.height).toBeGreaterThan(80);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
      }
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
        width,
      );
    });

    test('keeps labels of e-mails on one line, however long the values are', async () => {
      const page = await open(1280);
      const labels = await page.locator('td').getByText('Severity', { exact: true }).all();

      const boxes = await Promise.all(labels.map((label) => label.boundingBox()));
      expect(boxes.length).toBeGreaterThan(16);
      for (const box of boxes) expect(box?.height).toBeLessThan(40);
    });

    test('shows text of an attacker as text, without elements, links or requests', async () => {
      const requests: string[] = [];
      const page = await open(1280, (url) => requests.push(url));

      expect(await page.getByText('<!channel>').count()).toBeGreaterThan(0);
      expect(await page.getByText('alert(1)').count()).toBeGreaterThan(0);
      const hosts = await page.evaluate(
        '[...document.links].map(({ host }) => host).filter(Boolean)',
      );
      expect(new Set(hosts as string[])).toEqual(
        new Set(['us-east-1.console.aws.amazon.com', 'wiki.example.com']),
      );
      expect(requests).toEqual([pathToFileURL(file).href]);
    });

    test('renders the first and the last message', async () => {
      const page = await open(800);
      const [first, last] = [page.locator('article').first(), page.locator('article').last()];

      for (const message of [first, last]) {
        const picture = await message.screenshot({ path: join(folder, 'message.png') });
        expect([...picture.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
        expect(picture.length).toBeGreaterThan(5000);
      }
    });

    async function open(width: number, onRequest: (url: string) => void = () => {}): Promise<Page> {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      page.on('request', (request) => onRequest(request.url()));
      await page.goto(pathToFileURL(file).href);
      return page;
    }
  });
}
