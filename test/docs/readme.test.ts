import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'node:path';
import { expect, test } from 'vitest';
import type { Deployment } from '#deployment/config.ts';
import { kinds } from '#drift/index.ts';

/** The description formatted as code in the first column of a page's tables. */
const namedIn = (page: string): ReadonlySet<string | undefined> =>
  new Set(
    readFileSync(page, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)])
      .map(([, name = '']) => name.split('.')[0]),
  );

/** The type makes sure that no key is missing. */
const keys: Readonly<Record<keyof Deployment, true>> = {
  mode: true,
  account: true,
  region: true,
  organization: true,
  homeRegions: true,
  trails: true,
  cloudWatchLogsRoles: true,
  dependencies: true,
  dependencyAccounts: true,
  sweepEvery: true,
  reservedConcurrency: true,
  lookupsPerSecond: true,
  archiveDays: true,
  emails: true,
  alerts: true,
  maxWindowHours: true,
  approval: true,
  repairsBeforeBackoff: true,
  approvers: true,
  signing: true,
  channels: true,
  recovery: true,
  watchtower: true,
  sentinel: true,
  dashboard: true,
};

test.each(Object.keys(keys))('docs/configuration.md describes the key %s', (key) => {
  expect(namedIn('docs/configuration.md')).toContain(key);
});

test.each(kinds.map(({ name }) => name))('docs/cli.md names the drift kind %s', (kind) => {
  expect(readFileSync('docs/cli.md', 'utf8')).toContain(`\`${kind}\``);
});

const isWrite = (action: string): boolean => !/:(Get|List|Describe|PassRole)/.test(action);
const writes = kinds
  .flatMap(({ permissions }) => permissions.repair.flatMap(({ actions }) => actions))
  .filter(isWrite);

test.each([...new Set(writes)])('the README says when %s is called', (action) => {
  expect(readFileSync('README.md', 'utf8')).toMatch(
    new RegExp(`^\\| .* \\| .*\`${action.split(':')[1]}\``, 'm'),
  );
});

const reads = kinds.flatMap(({ permissions }) =>
  permissions.observe.flatMap(({ actions }) => actions),
);

test.each([...new Set(reads)])('docs/cli.md says that plan needs %s', (action) => {
  expect(readFileSync('docs/cli.md', 'utf8')).toMatch(
    new RegExp(`^\\| \`plan\`, .*[:\`]${action.split(':')[1]}\``, 'm'),
  );
});

test.each(readdirSync('cli/commands').map((file) => parse(file).name))(
  'the README describes the command %s',
  (command) => {
    expect(namedIn('README.md')).toContain(command);
  },
);
