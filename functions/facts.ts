import { readFileSync } from 'node:fs';
import { type Facts, factsFile, type SelfCheckFacts } from '#deployment/expected-deployment.ts';

const file = new URL(factsFile, import.meta.url);

/** The facts in the file beside the code; only the self-check has all of them. */
export const facts = JSON.parse(readFileSync(file, 'utf8')) as Facts & Partial<SelfCheckFacts>;
