import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { names } from '#aws/resource-names.ts';
import type { Baseline } from '#baseline/baseline.ts';
import {
  maxPolicySize,
  type PreventivePolicy,
  preventivePolicies,
  sizeOf,
} from '#prevention/preventive-policies.ts';
import { type ProtectedLog, protectedLog } from '#prevention/protected-log.ts';
import { action, type Context } from '../context.ts';
import { examples } from '../options.ts';
import { paint, unbroken } from '../terminal.ts';
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

/** A policy for people: what it is, what it keeps, and how to attach it. Without a file, its JSON in one line. */
const policyLines = (policy: PreventivePolicy, file: string | null): readonly string[] => [
  paint('bold', titleOf(policy)),
  ...policy.keeps.map((what) => `  keeps ${what}`),
  ...(file === null
    ? [unbroken(JSON.stringify(policy.document))]
    : attachment(policy, file).map((line) => `  ${line}`)),
  '',
];

function titleOf({ name, type, resource, document }: PreventivePolicy): string {
  if (resource !== null) return `statements for the policy of ${resource}`;
  const [size, most] = [sizeOf(document), maxPolicySize].map((one) => one.toLocaleString('en'));
  const reach =
    type === 'service control'
      ? 'users and roles of member accounts'
      : 'everyone, in resources of member accounts';
  return `${type} policy ${name} (${size} of ${most} characters), for ${reach}`;
}

function attachment({ name, type, resource }: PreventivePolicy, file: string): readonly string[] {
  if (resource !== null) return [`add the statements in ${file} to the policy that is there`];
  const kind = `${type.replace(' ', '_').toUpperCase()}_POLICY`;
  return [
    `aws organizations enable-policy-type --root-id ROOT --policy-type ${kind}`,
    `aws organizations create-policy --type ${kind} --name ${name} --description "by trailkeeper harden" --content file://${file}`,
    'aws organizations attach-policy --policy-id POLICY --target-id ROOT',
  ];
}

/** What the policies do not prevent, and the remedy, one sentence each. */
function warningsFor(log: ProtectedLog): readonly string[] {
  const { account, isOfOrganization, resources } = log;
  const ownedBy = (owner: string | null) =>
    resources.filter((one) => one.account === owner).map(({ arn }) => arn);
  const own = ownedBy(account);
  const unknown = ownedBy(null);
  return [
    ...(isOfOrganization && own.length > 0
      ? [
          `policies of the organization do not apply to ${own.join(', ')}, because ${account} is the management account: keep bucket and key in a log-archive account`,
        ]
      : []),
    ...unknown.map(
      (arn) =>
        `the account that owns ${arn} is unknown: if it is the management account, policies of the organization do not apply to it. Capture the trail again with --bucket-owner`,
    ),
  ];
}

const exceptionLines = (
  exceptions: readonly string[],
  warnings: readonly string[],
): readonly string[] => [
  'These may still make the calls; add others with --except:',
  ...exceptions.map((arn) => `  ${arn}`),
  ...warnings.map((warning) => `${paint('yellow', 'warning')} ${warning}`),
];
