import { KMSClient } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Command } from 'commander';
import * as z from 'zod';
import type { DependencyAccount } from '#aws/assume-role.ts';
import { type Aws, awsByRegion, stateClient } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { type KeyArnOf, keyArnFrom } from '#aws/kms.ts';
import { names } from '#aws/resource-names.ts';
import { type Rows, rowsIn } from '#aws/state-table.ts';
import { type BaselineStore, baselineStore } from '#baseline/baseline-store.ts';
import { type Trust, trustAll } from '#baseline/signing/signature.ts';
import type { Signer } from '#baseline/signing/signer.ts';
import { parseDependencyAccounts } from '#deployment/dependencies.ts';
import { parseSigning, trustOf } from '#deployment/signing-config.ts';
import { kinds } from '#drift/index.ts';
import { type StatusReader, statusReader } from '#incident/trail-status-store.ts';
import { type WindowStore, windowStore } from '#reconcile/maintenance-window-store.ts';
import { readCheckout } from './checkout.ts';
import type { DependencyProfile } from './dependency-profiles.ts';
import type { ExitCode } from './exit-code.ts';
import { explain } from './explain.ts';
import { configuredRegion } from './init/config-file.ts';
import type { GlobalOptions } from './options.ts';
import { exitWith } from './session.ts';
import { signerOf, signsNothing } from './signing-key.ts';
import { type Outputs, output, outputsOf } from './stack.ts';
import { note, print, printJson } from './terminal.ts';

/** The deployment that a command works on, with the caller's credentials. */
export type Context = {
  /** The name of the main stack. */
  readonly stack: string;
  readonly outputs: Outputs;
  readonly rows: Rows;
  readonly table: string;
  readonly baselines: BaselineStore;
  readonly windows: WindowStore;
  readonly statuses: StatusReader;
  /** Signs new versions; null if there is no key. */
  readonly signer: Signer | null;
  /** The approver keys. */
  readonly trust: Trust;
  /** Whether the approver keys are known. If not, signatures are not verified. */
  readonly isTrustKnown: boolean;
  /** The maximum length of a maintenance window in hours. */
  readonly maxWindowHours: number;
  /** The accounts of `dependencyAccounts`, as deployed. */
  readonly dependencyAccounts: readonly DependencyAccount[];
  /** The profiles with which accounts are read; those without one are read with the caller's own credentials. */
  readonly dependencyProfiles: readonly DependencyProfile[];
  readonly awsOf: (region: string) => Aws;
  readonly keyArnOf: (region: string) => KeyArnOf;
  /** The ARN of the caller. */
  readonly caller: () => Promise<string>;
  readonly now: () => Date;
  readonly json: boolean;
  /** Prints the result: as JSON with --json, otherwise as lines of text. */
  readonly answer: (value: object, lines: () => readonly string[]) => void;
  /** Prints what is about to be done; with --json to stderr. */
  readonly info: (...lines: readonly string[]) => void;
};

/** The action of a command that works on a deployment: connects, then runs it. */
export const action = <
  Options extends object,
  Arguments extends readonly unknown[] = readonly [string?],
>(
  run: (context: Context, args: Arguments, options: Options) => Promise<ExitCode>,
  profilesOf?: ProfilesOf,
) =>
  localAction<Options, Arguments>(async (options, args) =>
    run(await connect(options, profilesOf), args, options),
  );

/** The accounts of which a command takes profiles. */
type ProfilesOf = 'dependencyAccounts' | 'any account';

/** The action of a command that needs no deployment: runs it, and sets the exit code. */
export const localAction =
  <Options extends object, Arguments extends readonly unknown[] = readonly []>(
    run: (options: Options & GlobalOptions, args: Arguments) => Promise<ExitCode>,
  ) =>
  async (...given: readonly unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const args = given.slice(0, -2) as readonly unknown[] as Arguments;
    exitWith(await run(command.optsWithGlobals<Options & GlobalOptions>(), args));
  };

/** Throws `StackError` if the stack is not deployed. */
export async function connect(
  options: GlobalOptions,
  profilesOf: ProfilesOf = 'dependencyAccounts',
): Promise<Context> {
  choose(options);
  const { stack, json } = options;
  const outputs = await outputsFor(options);
  const pinned = outputs.Signing === undefined ? null : parseSigning(outputs.Signing);
  if (pinned === null) {
    note(
      'signatures are not verified, because the approver keys are unknown. What you store takes effect if the functions trust your key',
    );
  }
  const signing = {
    trust: pinned === null ? trustAll : trustOf(pinned),
    signer: signerOf(options.signingKey, outputs) ?? (pinned === null ? signsNothing : null),
  };
  const table = output(outputs, 'StateTableName');
  const rows = rowsIn(stateClient(), table);
  const dependencyAccounts = parseDependencyAccounts(outputs.DependencyAccounts);
  const dependencyProfiles = await profilesFor(options, profilesOf, dependencyAccounts);
  return {
    stack,
    outputs,
    rows,
    table,
    baselines: baselineStore(rows, kinds, { ...signing, trails: pinned?.trails ?? [] }),
    windows: windowStore(rows, kinds, signing),
    statuses: statusReader(rows),
    signer: signing.signer,
    trust: signing.trust,
    isTrustKnown: pinned !== null,
    maxWindowHours: Number(outputs.MaxWindowHours ?? 4),
    dependencyAccounts,
    dependencyProfiles,
    awsOf: awsByRegion({
      dependencyAccounts: dependencyProfiles.filter(({ account }) =>
        dependencyAccounts.some((listed) => listed.account === account),
      ),
    }),
    keyArnOf: (home) => keyArnFrom(new KMSClient({ region: home })),
    async caller() {
      try {
        const { Arn } = await new STSClient().send(new GetCallerIdentityCommand());
        return z.string().parse(Arn);
      } catch (error) {
        // Never block an emergency stop on a caller identity lookup.
        note(`cannot look up your identity: ${explain(error)}`);
        return 'unknown';
      }
    },
    now: () => new Date(),
    json: json ?? false,
    answer: answerIn(json),
    info: json ? note : print,
  };
}

/** Throws if a profile cannot be used. */
async function profilesFor(
  { dependencyProfile: named }: GlobalOptions,
  profilesOf: ProfilesOf,
  dependencyAccounts: readonly DependencyAccount[],
): Promise<readonly DependencyProfile[]> {
  if (named === undefined) return [];
  const { readProfiles, requireListed } = await import('./dependency-profiles.ts');
  const profiles = await readProfiles(named);
  if (profilesOf === 'dependencyAccounts') requireListed(profiles, dependencyAccounts);
  return profiles;
}

/** Prints an answer: as JSON if that was asked for, else as lines for people. */
export const answerIn =
  (json: true | undefined): Context['answer'] =>
  (value, lines) => {
    if (json) printJson(value);
    else print(...lines());
  };

/** The outputs of the stack. If the caller may not read it, they are taken from `cdk.json`. */
async function outputsFor({ stack, table }: GlobalOptions): Promise<Outputs> {
  if (table !== undefined) return outputsWithout(table);
  try {
    return await outputsOf(stack);
  } catch (error) {
    if (!nameOf(error).startsWith('AccessDenied') || readCheckout() === null) throw error;
    return outputsWithout(names.table);
  }
}

/** The outputs of a deployment whose stack is not read, as far as `cdk.json` has them. */
function outputsWithout(StateTableName: string): Outputs {
  const checkout = readCheckout();
  if (checkout === null) return { StateTableName };
  note('the approver keys are those in cdk.json, because the stack was not read');
  const { signing, maxWindowHours, dependencyAccounts } = checkout;
  return {
    StateTableName,
    Signing: JSON.stringify(signing),
    MaxWindowHours: String(maxWindowHours),
    DependencyAccounts: JSON.stringify(dependencyAccounts),
  };
}

/** Sets the environment for every SDK client: the command line takes precedence. */
export function choose({ profile, region }: GlobalOptions): void {
  const { env } = process;
  if (profile !== undefined) env.AWS_PROFILE = profile;
  // The SDK prefers the profile, and warns about the key.
  if (env.AWS_PROFILE) {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      delete env[name];
    }
  }
  // The SDK for JavaScript does not read AWS_DEFAULT_REGION.
  const chosen = region || configuredRegion() || env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (chosen) env.AWS_REGION = chosen;
  else delete env.AWS_REGION;
}
