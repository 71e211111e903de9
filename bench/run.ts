import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { calls } from './calls.ts';
import { coldStart } from './cold-start.ts';
import { cost } from './cost.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import type { Figure } from './figure.ts';
import { memory } from './memory.ts';
import { table } from './print.ts';
import { reaction } from './reaction.ts';
import { recovery } from './recovery.ts';
import { scale } from './scale.ts';
import { storm } from './storm.ts';

type Measurement = (
  deployment: Deployment,
  iterations: number,
) => Promise<readonly Figure[]> | readonly Figure[];

const measurements: Readonly<Record<string, Measurement>> = {
  reaction,
  'cold start': coldStart,
  calls,
  storm,
  memory,
  scale,
  recovery,
  cost,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { iterations: { type: 'string', default: '9' } },
});
const unknown = positionals.filter((name) => measurements[name] === undefined);
if (unknown.length > 0) {
  throw new Error(`${unknown.join(', ')}: measure ${Object.keys(measurements).join(', ')}`);
}

const chosen = positionals.length === 0 ? Object.keys(measurements) : positionals;
const deployment = await startDeployment();
const results: Record<string, readonly Figure[]> = {};
try {
  for (const name of chosen) {
    const figures = (await measurements[name]?.(deployment, Number(values.iterations))) ?? [];
    console.log(`${table(name, figures)}\n`);
    results[name] = figures;
  }
} finally {
  await deployment.stop();
}
const file = new URL('results.json', import.meta.url);
const earlier = JSON.parse(await readFile(file, 'utf8'));
await writeFile(file, `${JSON.stringify({ ...earlier, ...results }, null, 2)}\n`);
