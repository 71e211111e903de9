import type { Check } from './check.ts';
import { deadLetters } from './dead-letters.ts';
import { deployedResources } from './deployed-resources.ts';
import { heartbeat } from './heartbeat.ts';
import { secret } from './secret.ts';
import { stack } from './stack.ts';
import { trails } from './trails.ts';

/** The checks of `doctor`, in order. */
export const checks: readonly Check[] = [
  stack,
  deployedResources,
  heartbeat,
  deadLetters,
  secret,
  trails,
];
