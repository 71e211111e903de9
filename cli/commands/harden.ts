import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { names } from '#aws/resource-names.ts';
import type { Baseline } from '#baseline/baseline.ts';
import { type PreventivePolicy, preventivePolicies } from '#prevention/preventive-policies.ts';
import { type ProtectedLog, protectedLog } from '#prevention/protected-log.ts';
import { action, type Context } from '../context.ts';
import { exceptionLines, policyLines, warningsFor } from '../hardening-lines.ts';
import { examples } from '../options.ts';
import { noneProtected } from '../trails.ts';

type Options = { readonly except: readonly string[]; readonly out?: string };

export const configure = (command: Command): Command =>
  command
    .option(
      '--except <arn>',
      'a user or role that may still make these calls, with * for any characters; repeatable',
      (arn: string, others: readonly string[]) => [...others, arn],
      [] as readonly string[],
    )
    .option('--out <folder>', 'write each policy into a file of this folder')
    .addHelpText(
      'after',
      '\nNothing is attached. Try the policies on one account before you attach them to\nthe root.',
    )
    .addHelpText('after', examples('harden', 'harden --out policies'))
    .action(
      action<Options, readonly []>(async (context, _, { except, out }) => {
        const baselines = await inForce(context);
        const log = protectedLog(baselines);
        const exceptions = [...writersOf(context, log), ...except];
        const policies = preventivePolicies(log, exceptions);
        const files = out === undefined ? null : await write(policies, out);
        const warnings = warningsFor(log);
        context.answer({ exceptions, policies, warnings }, () => [
          ...policies.flatMap((policy) => policyLines(policy, files?.get(policy) ?? null)),
          ...exceptionLines(exceptions, warnings),
        ]);
        return 0;
      }),
    );

async function inForce({ baselines }: Context): Promise<readonly Baseline[]> {
  const known = await baselines.known();
  const found = known.flatMap((one) => ('baseline' in one ? [one.baseline] : []));
  if (found.length > 0) return found;
  throw noneProtected();
}

/** The roles with which trailkeeper restores what the policies protect. */
const writersOf = (
  { dependencyAccounts }: Context,
  { account, partition }: ProtectedLog,
): readonly string[] => [
  `arn:${partition}:iam::${account}:role/${names.reconcileRole}`,
  ...dependencyAccounts.map(
    (other) => `arn:${partition}:iam::${other.account}:role/${names.dependencies}`,
  ),
];

async function write(
  policies: readonly PreventivePolicy[],
  folder: string,
): Promise<ReadonlyMap<PreventivePolicy, string>> {
  await mkdir(folder, { recursive: true });
  const files = policies.map((policy) => [policy, join(folder, `${policy.name}.json`)] as const);
  for (const [{ document }, file] of files) {
    await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  }
  return new Map(files);
}
