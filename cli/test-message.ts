import { LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { invoke } from '#backfill/invoke.ts';
import type { Context } from './context.ts';
import { output } from './stack.ts';
import { note } from './terminal.ts';

const report = z.object({
  deliveries: z.array(z.object({ channel: z.string(), status: z.string() })),
});

export type TestReport = z.infer<typeof report>;

/** Has the alert function send a test message through every channel. Throws `FunctionError` if a channel fails. */
export async function sendTestMessage({ outputs }: Context): Promise<TestReport> {
  const sent = await invoke(new LambdaClient(), output(outputs, 'AlertFunctionName'), {
    test: true,
  });
  const { deliveries } = report.parse(sent);
  if (deliveries.every(({ status }) => status !== 'notified')) {
    note(
      'no channel is configured: set emails or slack with npx --no -- trailkeeper init, and deploy',
    );
  }
  return { deliveries };
}

export const testLines = ({ deliveries }: TestReport): readonly string[] =>
  deliveries.map(({ channel, status }) => `test message by ${channel}: ${status}`);
