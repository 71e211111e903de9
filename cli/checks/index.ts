import type { Check } from './check.ts';
import { deadLetters } from './dead-letters.ts';
import { wiring } from './deployed-resources.ts';
import { heartbeat } from './heartbeat.ts';
import { secret } from './secret.ts';
import { stack } from './stack.ts';
import { trails } from './trails.ts';

/** Everything that the doctor looks at. */
export const checks: readonly Check[] = [stack, wiring, heartbeat, deadLetters, secret, trails];
