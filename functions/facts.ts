import { readFileSync } from 'node:fs';
import { type Facts, factsFile, type WatchFacts } from '#deployment/expected-deployment.ts';

const file = new URL(factsFile, import.meta.url);

/** What the stack was deployed with, from the file beside the code; `Watch`, which checks the others, gets all of it. */
export const facts = JSON.parse(readFileSync(file, 'utf8')) as Facts & Partial<WatchFacts>;
