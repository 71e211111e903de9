import { expect } from 'vitest';
import type { Account } from './account.ts';
import { jsonFile } from './temp-files.ts';

type Options = {
  /** Default: the protected trail. */
  readonly trail?: string;
  readonly args?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
};

/** Captures a trail with a policy, as Alice. */
export async function captureWith(
  account: Account,
  policy: object,
  { trail = account.trail, args = [], variables = {} }: Options = {},
): Promise<void> {
  const { code, stderr } = await account.trailkeeper(
    [
      ...['capture', trail, '--policy', await jsonFile(policy)],
      ...['--reason', 'test', '--yes', ...args],
    ],
    variables,
  );
  expect(code, stderr).toBe(0);
}
