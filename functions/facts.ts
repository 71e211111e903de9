import { readFileSync } from 'node:fs';
import {
  type ChannelFacts,
  factsFile,
  type SelfCheckFacts,
} from '#deployment/expected-deployment.ts';
import { factsOf } from '#deployment/function-config.ts';

const file = new URL(factsFile, import.meta.url);

/** The facts in the file beside the code, and in a static template those in the configuration. A function has those that it needs. */
export const facts = {
  ...JSON.parse(readFileSync(file, 'utf8')),
  ...factsOf(process.env),
} as ChannelFacts & SelfCheckFacts;
