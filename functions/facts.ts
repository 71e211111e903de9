import { readFileSync } from 'node:fs';
import { type Facts, factsFile, type SelfCheckFacts } from '#deployment/expected-deployment.ts';

const file = new URL(factsFile, import.meta.url);

/** What the stack was deployed with, from the file beside the code; `SelfCheck`, which checks the others, gets all of it. */
export const facts = JSON.parse(readFileSync(file, 'utf8')) as Facts & Partial<SelfCheckFacts>;
