import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChainHead,
  checkChain,
  type EvidenceFile,
  linkAfter,
  linkHash,
  linkKey,
} from '#watchtower/evidence-chain.ts';

function chainOf(documents: readonly string[]): readonly EvidenceFile[] {
  let head: ChainHead | null = null;
  return documents.map((document, i) => {
    const at = new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString();
    const records = [{ source: `incident ${i}`, document }];
    const { number, text } = linkAfter(head, { at, account: '111122223333', records });
    head = { number, hash: linkHash(text) };
    return { key: linkKey(number), text };
  });
}

const documents = fc.array(fc.string(), { minLength: 2, maxLength: 12 });

describe('a chain of evidence', () => {
  test('is whole as it was written, and so is each beginning of it', async () => {
    await fc.assert(
      fc.asyncProperty(documents, async (all) => {
        const files = chainOf(all);

        expect(await checkChain(files)).toMatchObject({
          ...{ links: all.length, records: all.length, broken: null },
          hash: linkHash(files.at(-1)?.text ?? ''),
        });
        expect(await checkChain(files.slice(0, -1))).toMatchObject({ broken: null });
      }),
    );
  });

  test('names the link after one that was changed, or the one itself if it is no link', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.nat(), fc.boolean(), async (all, n, isText) => {
        const files = chainOf(all);
        const changed = n % (files.length - 1);
        const forged = files.map((file, i) =>
          i === changed
            ? { ...file, text: isText ? 'x' : file.text.replace('"at"', ' "at"') }
            : file,
        );

        expect((await checkChain(forged)).broken).toMatchObject({
          key: linkKey(isText ? changed + 1 : changed + 2),
        });
      }),
    );
  });

  test('names the first link that is missing', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.nat(), async (all, n) => {
        const gone = n % (all.length - 1);

        expect(await checkChain(chainOf(all).filter((_, i) => i !== gone))).toMatchObject({
          links: gone,
          broken: { key: linkKey(gone + 1), problem: 'is missing' },
        });
      }),
    );
  });

  test('does not accept a link of another chain', async () => {
    const [one, two] = [chainOf(['a', 'b', 'c']), chainOf(['a', 'x', 'c'])];

    expect(await checkChain([...one.slice(0, 2), ...two.slice(2)])).toMatchObject({
      links: 2,
      broken: { key: linkKey(3) },
    });
  });
});
