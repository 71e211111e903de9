import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/** Licenses that an Apache-2.0 project can depend on without terms for its own code. A package may offer one of several. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
]);

/** Packages that are used unchanged as tools and are not part of what is deployed. */
const tools: Readonly<Record<string, RegExp>> = {
  // Its terms cover its own files only. Vitest brings it.
  'MPL-2.0': /^lightningcss(-|$)/,
  // Data about browsers: the license asks for attribution. Stryker brings it.
  'CC-BY-4.0': /^caniuse-lite$/,
  // Word lists of the spelling checker.
  WTFPL: /^@cspell\/dict-/,
  'CC BY-SA 4.0': /^@cspell\/dict-/,
};

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;

describe('each installed package', () => {
  const installed = Object.entries(packages).map(([path, { license }]) => ({
    name: path.split('node_modules/').at(-1) ?? '',
    license,
  }));

  test('has a license that the project allows', () => {
    const refused = installed.filter((one) => !isAllowed(one));

    expect(refused).toEqual([]);
  });
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-or-later)', true],
  ['AGPL-3.0-or-later', false],
  ['MIT AND GPL-3.0-only', false],
  ['(MIT OR Apache-2.0) AND GPL-3.0-only', false],
  ['MPL-2.0', false],
  ['SEE LICENSE IN LICENSE.md', false],
  ['UNLICENSED', false],
  [undefined, false],
])('a package of license %s: allowed is %s', (license, expected) => {
  expect(isAllowed({ name: 'some-package', license })).toBe(expected);
});

type Lock = { readonly packages: Readonly<Record<string, { readonly license?: string }>> };
type Package = { readonly name: string; readonly license: string | undefined };

/** Whether one of the offered licenses is allowed; an SPDX expression that combines terms is not. */
function isAllowed({ name, license = 'none' }: Package): boolean {
  if (tools[license]?.test(name)) return true;
  const offered = license.replace(/^\((.+)\)$/, '$1').split(' OR ');
  return offered.some((one) => allowed.has(one)) && !/ (AND|WITH) /.test(license);
}
