import { readFileSync } from 'node:fs';
import {
  type ChannelFacts,
  factsFile,
  type SelfCheckFacts,
} from '#deployment/expected-deployment.ts';
import { factsOf } from '#deployment/function-config.ts';

/** The facts in the file beside the code. */
export const factsInFile = JSON.parse(readFileSync(new URL(factsFile, import.meta.url), 'utf8'));

/** The facts in the file, and in a static template those in the configuration. A function has those that it needs. */
export const facts: ChannelFacts & SelfCheckFacts = { ...factsInFile, ...factsOf(process.env) };
