import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import { sampleEvidence } from '#sandbox/preview/sample-evidence.ts';
import { manyIncidents, sampleDays, sampleIncidents } from '#sandbox/preview/sample-incidents.ts';
import { escapeControlChars } from '#text/escape.ts';
import { renderPage } from '../../cli/report/page.ts';
import { style } from '../../cli/report/style.ts';
import { examples, hostileEvidence, hostileText } from '../support/hostile-evidence.ts';
import { runs } from '../support/property-runs.ts';

type Element = DefaultTreeAdapterTypes.Element;
type Parent = DefaultTreeAdapterTypes.ParentNode;

/** Every element of a page, as a browser parses it. */
function elementsIn(parent: Parent): readonly Element[] {
  return parent.childNodes.flatMap((node) =>
    defaultTreeAdapter.isElementNode(node) ? [node, ...elementsIn(node)] : [],
  );
}

const textOf = (parent: Parent): string =>
  parent.childNodes
    .map((node) => {
      if (defaultTreeAdapter.isTextNode(node)) return node.value;
      return defaultTreeAdapter.isElementNode(node) ? textOf(node) : '';
    })
    .join('');

const namesOf = (elements: readonly Element[]): ReadonlySet<string> =>
  new Set(elements.map(({ tagName }) => tagName));

/** The attributes of elements, as `element attribute`. */
const attributesOf = (elements: readonly Element[]): ReadonlySet<string> =>
  new Set(elements.flatMap(({ tagName, attrs }) => attrs.map(({ name }) => `${tagName} ${name}`)));

const valuesOf = (elements: readonly Element[], name: string): readonly string[] =>
  elements.flatMap(({ attrs }) =>
    attrs.filter((one) => one.name === name).map(({ value }) => value),
  );

/** What pages without any hostile text consist of. */
const usual = [
  sampleEvidence(sampleIncidents, sampleDays),
  sampleEvidence(manyIncidents(100, sampleDays.from, 3), sampleDays),
  hostileEvidence('text, \u05d0'),
].flatMap((evidence) => elementsIn(parse(renderPage(evidence))));
const usualNames = namesOf(usual);
const usualAttributes = attributesOf(usual);

describe('whatever an attacker wrote', () => {
  test('never becomes an element, an attribute, a link, an anchor or a style', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const elements = elementsIn(parse(renderPage(hostileEvidence(text))));

        expect([...namesOf(elements)].filter((name) => !usualNames.has(name))).toEqual([]);
        expect([...attributesOf(elements)].filter((name) => !usualAttributes.has(name))).toEqual(
          [],
        );
        expect(valuesOf(elements, 'href').filter((href) => !/^#[a-z]+(-\d+)?$/.test(href))).toEqual(
          [],
        );
        expect(
          valuesOf(elements, 'fill').filter((fill) => !/^url\(#[a-z0-9-]+\)$/.test(fill)),
        ).toEqual([]);
        const ids = valuesOf(elements, 'id');
        expect(ids.filter((id) => !/^[a-z]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
        expect(new Set(ids).size).toBe(ids.length);
        const styles = elements.filter(({ tagName }) => tagName === 'style');
        expect(styles.map(textOf)).toEqual([style]);
      }),
      { numRuns: examples.length + runs(100), examples },
    );
  });

  test('is on the page as text, with its control characters visible', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const page = parse(renderPage(hostileEvidence(text)));

        const rendered = textOf(page);
        expect(rendered).toContain(escapeControlChars(text));
        expect(rendered).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: examples.length + runs(100), examples },
    );
  });
});

describe('text that runs from right to left', () => {
  const texts = (parent: Parent, isIsolated = false): readonly string[] =>
    parent.childNodes.flatMap((node) => {
      if (defaultTreeAdapter.isTextNode(node)) return isIsolated ? [] : [node.value];
      if (!defaultTreeAdapter.isElementNode(node)) return [];
      // A title and a label in a drawing are alone on their line.
      return ['title', 'text'].includes(node.tagName)
        ? []
        : texts(node, isIsolated || node.tagName === 'bdi');
    });

  test.each([
    ['Hebrew', 'CHG \u05d0\u05b4\u05d1 7 \u05d2, 12'],
    ['Arabic', '\u0627\u0644\u0639\u0631'],
    ['Adlam', 'x\u{1e900}'],
  ])('is isolated wherever it is: %s', (_script, text) => {
    const page = parse(renderPage(hostileEvidence(text)));

    expect(textOf(page)).toContain(text);
    expect(texts(page).filter((one) => /[\u0590-\u08ff]|\ud83a/.test(one))).toEqual([]);
  });

  test('is isolated with what is in it, and without what is around it', () => {
    const page = renderPage(hostileEvidence('CHG \u05d0 7 \u05d1, 12'));

    expect(page).toContain('CHG <bdi>\u05d0 7 \u05d1</bdi>, 12');
  });
});

describe('the page', () => {
  const elements = elementsIn(parse(renderPage(sampleEvidence(sampleIncidents, sampleDays))));

  test('may load nothing and run nothing: its policy allows its style by hash', () => {
    const hash = createHash('sha256').update(style).digest('base64');

    expect(valuesOf(elements, 'content')).toContain(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    for (const name of ['script', 'img', 'link', 'iframe', 'object', 'form', 'base']) {
      expect(namesOf(elements)).not.toContain(name);
    }
  });

  test('refers only to ids that it has', () => {
    const ids = new Set(valuesOf(elements, 'id'));
    const targets = [
      ...valuesOf(elements, 'aria-labelledby').flatMap((names) => names.split(' ')),
      ...valuesOf(elements, 'href').flatMap((href) => (href.startsWith('#') ? href.slice(1) : [])),
    ];

    expect(targets.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('links each event to the console of the Region that recorded it', () => {
    const links = valuesOf(elements, 'href').filter((href) => !href.startsWith('#'));

    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      expect(link).toMatch(/^https:\/\/us-east-1\.console\.aws\.amazon\.com\/cloudtrailv2\/home\?/);
    }
  });
});
