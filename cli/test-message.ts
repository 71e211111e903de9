import { LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { invoke } from '#aws/invoke.ts';
import type { Context } from './context.ts';
import { output } from './stack.ts';
import { note } from './terminal.ts';

const report = z.object({
  deliveries: z.array(z.object({ channel: z.string(), status: z.string() })),
});

export type TestReport = z.infer<typeof report>;

/** Has the alert function send a test message through every channel, or one. Throws `FunctionError` if a channel fails. */
export async function sendTestMessage({ outputs }: Context, channel?: string): Promise<TestReport> {
  const sent = await invoke(new LambdaClient(), output(outputs, 'AlertFunctionName'), {
    test: true,
    ...(channel !== undefined && { channel }),
  });
  const { deliveries } = report.parse(sent);
  if (deliveries.length > 0) return { deliveries };
  if (channel !== undefined) {
    throw new Error(
      `the channel ${channel} is not configured: add it to trailkeeper.channels in cdk.json, and deploy`,
    );
  }
  note('no channel is configured: add one to trailkeeper.channels in cdk.json, and deploy');
  return { deliveries };
}

export const testLines = ({ deliveries }: TestReport): readonly string[] =>
  deliveries.map(({ channel, status }) => `test message by ${channel}: ${status}`);
