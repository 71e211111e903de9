import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Account, Run } from './account.ts';

/** Commands of the CLI, run in an account by Alice, an approver. */
export function commandsOf(account: Account) {
  const run = (...args: readonly string[]): Promise<Run> => account.trailkeeper(args);
  return {
    run,

    /** Runs a command that is to end well, and reads what it prints as JSON. */
    async json(...args: readonly string[]) {
      const { code, stdout, stderr } = await run(...args, '--json');
      return { code, stderr, value: JSON.parse(stdout) };
    },

    /** The baseline in force. */
    async inForce(trail: string): Promise<unknown> {
      const found = await account.baselines().find(parseTrailArn(trail).arn);
      return found !== null && 'baseline' in found ? found.baseline : null;
    },
  };
}
