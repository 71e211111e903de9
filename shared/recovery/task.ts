import * as z from 'zod';
import { recovery } from './recovery.ts';

/** What the state machine asks the function for. */
export const recoverTask = z.discriminatedUnion('task', [
  /** Works on one account for a few minutes. */
  z.object({ task: z.literal('recover'), recovery, account: z.string() }),
  /** Writes the manifest. */
  z.object({ task: z.literal('finish'), recovery, accounts: z.array(z.string()).min(1) }),
  /** Asks what the function can reach. */
  z.object({ task: z.literal('check'), accounts: z.array(z.string()), region: z.string() }),
]);

export type RecoverTask = z.infer<typeof recoverTask>;
