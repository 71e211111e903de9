import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import * as cdk from 'aws-cdk-lib';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseDeployment } from '#deployment/config.ts';
import { type Usage, usagesOf } from '#infra/limits.ts';
import { addStacks } from '#infra/stacks.ts';
import { addWatchtowerStack } from '#infra/watchtower-stack.ts';
import { bundle } from '#sandbox/bundle.ts';
import { largest, partitions } from './largest.ts';

// CDK's own validation of templates takes most of a synthesis and changes nothing in them.
process.env.CDK_VALIDATION ??= 'false';

describe.each(partitions)('the largest configuration in %s', (partition, regions) => {
  const config = largest(partition, regions);
  let usages: readonly Usage[] = [];

  beforeAll(() => {
    const app = new cdk.App();
    const deployment = parseDeployment(config);
    addStacks(app, deployment, bundle);
    addWatchtowerStack(app, deployment, bundle);
    usages = usagesOf(app.synth().stacks.map(({ template }) => template));
    return () => rm(app.outdir, { recursive: true });
  });

  test('has as many entries as the schema allows', () => {
    for (const key of ['trails', 'dependencies', 'cloudWatchLogsRoles', 'emails'] as const) {
      const more = { ...config, [key]: [...config[key], config[key][0]] };
      expect(() => parseDeployment(more), key).toThrow(`trailkeeper.${key}: must have at most`);
    }
  });

  test('uses at most 90 % of every limit, and no managed policy', () => {
    expect(usages.filter(({ size, max }) => size > max * 0.9)).toEqual([]);
  });

  test('uses of each limit at most what docs/limits.md states', () => {
    const stated = rowsOf('docs/limits.md');
    const used = usages.map(cellsOf);
    expect(new Set(stated.keys())).toEqual(new Set(used.map(([name]) => name)));
    expect(used.filter(([name, share]) => share > (stated.get(name) ?? 0))).toEqual([]);
  });
});

/** The first two cells of a limit: its name and the usage, rounded up to 10 % so that a small change needs no new row. */
const cellsOf = ({ name, size, max, unit }: Usage): readonly [string, number] => [
  `${name}, of ${max.toLocaleString('en-US')} ${unit}`,
  max === 0 ? 0 : Math.ceil((size / max) * 10) * 10,
];

/** The first two cells of each row of the tables in a document. */
const rowsOf = (file: string): ReadonlyMap<string, number> =>
  new Map(
    [...readFileSync(file, 'utf8').matchAll(/^\| ([^|]+) \| (\d+) % \|/gm)].map(
      ([, name = '', used]) => [name, Number(used)],
    ),
  );
