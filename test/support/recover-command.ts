import { beforeEach } from 'vitest';
import { answers } from '../../cli/json-answers.ts';
import { testAccount } from './account.ts';
import { recoveryAccount } from './recovery-account.ts';

/** An account that loses the events of a gap before each test, and the command that recovers them, run by Alice. */
export function recoverCommand() {
  const account = testAccount();
  const gap = {} as ReturnType<typeof recoveryAccount>;
  beforeEach(async () => {
    await account.reset();
    account.deliver({ drop: true, workflowSecondMs: 10 });
    Object.assign(gap, recoveryAccount(account));
    await gap.lose(90);
    await gap.letReadLog();
  });

  /** Runs recover for the gap. */
  const recover = (...args: string[]) => {
    const [{ from, to } = { from: '', to: '' }] = gap.recovery.intervals;
    const last = new Date(Date.parse(to) - 1000).toISOString();
    return account.trailkeeper(['recover', '--from', from, '--to', last, ...args]);
  };

  return {
    account,
    gap,
    recover,
    /** Runs recover and gives the manifest. */
    async recovered() {
      const { code, stdout, stderr } = await recover('--json');
      const answer = answers.recover.parse(JSON.parse(stdout));
      if (!('manifest' in answer)) throw new Error(stdout);
      return { code, stderr, ...answer };
    },
    /** The names of the executions that were started. */
    executions: () =>
      account.calls
        .filter((call) => call.operation === 'StartExecution' && /alice/.test(call.principal))
        .map(({ input }) => String(input.name)),
    /** What was written, without signatures. */
    written: async () => [...(await gap.objects())].filter(([key]) => !key.endsWith('.signature')),
  };
}
