import { type ComponentChild, h, type VNode } from 'preact';
import { formatTime } from '#text/time.ts';

/** An element of the page, as data: text in it can only become text. */
export type Node = VNode;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and children. Text that runs from right to left does not turn around what is beside it. */
export const el = (name: string, attributes: Attributes, ...children: ComponentChild[]): Node =>
  h(name, attributes, ...(textOnly.has(name) ? children : children.flatMap(isolated)));

/** Elements that may contain text and no `bdi`. */
const textOnly: ReadonlySet<string> = new Set(['title', 'text', 'bdi']);

const isolated = (child: ComponentChild): ComponentChild[] =>
  typeof child !== 'string'
    ? [child]
    : child.split(rightToLeft).map((part, i) => (i % 2 === 1 ? el('bdi', {}, part) : part));

/** What runs from right to left. Source: Unicode, DerivedBidiClass.txt, the default of these ranges. */
const letters = String.raw`[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+`;

/** It, and what is between it. */
const rightToLeft = new RegExp(String.raw`(${letters}(?:\P{L}*${letters})*)`, 'u');

/** A section with a heading that names it. */
export const section = (id: string, title: string, ...children: ComponentChild[]): Node =>
  el(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, title),
    ...children,
  );

/** A moment in UTC. Text that is no time stays as it is. */
export const time = (at: string): Node =>
  Number.isNaN(Date.parse(at))
    ? el('span', {}, at)
    : el('time', { datetime: new Date(at).toISOString() }, formatTime(at));

/** A cell of a table: a number or short text in the first column names the row. */
export type Cell = ComponentChild;

/** A table with a caption. The first cell of each row names it. On a narrow screen each cell has the title of its column. */
export const table = (
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): Node =>
  el(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    el(
      'table',
      {},
      el('caption', {}, caption),
      el('thead', {}, el('tr', {}, ...head.map((title) => el('th', { scope: 'col' }, title)))),
      el(
        'tbody',
        {},
        ...rows.map(([first, ...cells]) =>
          el(
            'tr',
            {},
            el('th', { scope: 'row' }, first),
            ...cells.map((cell, i) => el('td', { 'data-column': head[i + 1] }, cell)),
          ),
        ),
      ),
    ),
  );

/** Facts with their labels; those without a value are left out. */
export const facts = (list: readonly (readonly [label: string, value: Cell | null])[]): Node =>
  el(
    'dl',
    { class: 'facts' },
    ...list
      .filter(([, value]) => value !== null && value !== '')
      .map(([label, value]) => el('div', {}, el('dt', {}, label), el('dd', {}, value))),
  );

export const list = (items: readonly Cell[]): Node =>
  el('ul', {}, ...items.map((item) => el('li', {}, item)));

/** A name, an id or a hash. Short ones stay on one line. */
export const code = (text: string): Node =>
  el('code', text.length <= longestName ? { class: 'name' } : {}, text);

const longestName = 32;

/** A severity or a state, in its color. Its text says the same. */
export const chip = (text: string, look: string = text): Node =>
  el('span', { class: `chip ${look}` }, text);

/** A long table is folded. */
export const foldedIfLong = (count: number, what: string, content: Node): Node =>
  count <= mostRows
    ? content
    : el('details', {}, el('summary', {}, `All ${count} ${what}`), content);

const mostRows = 60;
