import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidBaselineError, parsePolicy } from '#baseline/baseline.ts';
import { capturedStates, resolveStates } from '#baseline/captured-states.ts';
import { kinds } from '#drift/index.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { parseTrailArn, trailArn } from '#trail/trail-arn.ts';
import { captureTrail } from '../baselines/capture-trail.ts';
import { liveStates, storeVersion } from '../baselines/store-version.ts';
import { trailInTerraform } from '../baselines/terraform-state.ts';
import { action, type Context } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { readJson } from '../json-file.ts';
import { examples, reasonOption, yesOption } from '../options.ts';
import { forceOption, requireScope } from '../scope.ts';

type Options = {
  readonly fromTerraform?: true;
  readonly address?: string;
  readonly reason?: string;
  readonly yes?: true;
  readonly force?: true;
};

export const configure = (command: Command): Command =>
  command
    .argument('<file>', 'JSON; KMS keys can be given by alias, and SNS topics by name')
    .option('--from-terraform', 'the file is the output of terraform show -json')
    .option('--address <address>', 'the address of the trail in Terraform, if there are several')
    .addOption(reasonOption('why; required to replace a baseline that differs'))
    .addOption(yesOption())
    .addOption(forceOption())
    .addHelpText(
      'after',
      examples('import baseline.json --reason "CHG-1234"', 'import state.json --from-terraform'),
    )
    .action(
      action<Options, readonly [string]>(async (context, [file], options) => {
        if (options.fromTerraform) return importFromTerraform(context, file, options);
        const { reason = null, yes = false, force = false } = options;
        const { trail: arn, states: written, policy } = parseFile(file);
        requireScope(context, arn, force);
        const trail = parseTrailArn(arn);
        const given = await resolveStates(kinds, trail, written, context.keyArnOf(trail.region));
        const live = await liveStates(context, trail, given);
        const named = kinds.filter(({ name }) => name in given);
        return storeVersion(context, {
          trail: arn,
          // The live states have the fields that only AWS knows.
          states: capturedStates(named, { live: live ?? {}, given }),
          policy: policy === undefined ? null : parsePolicy(policy, kinds),
          reason,
          live,
          yes,
        });
      }),
    );

/** A capture in which the states that Terraform declares replace the live ones. */
async function importFromTerraform(
  context: Context,
  file: string,
  options: Options,
): Promise<ExitCode> {
  const { trail: arn, states } = trailInTerraform(file, readJson(file, file), options.address);
  requireScope(context, arn, options.force ?? false);
  const trail = parseTrailArn(arn);
  return captureTrail(context, trail, options, states(await liveStates(context, trail, {})));
}

const ignored = z.unknown().optional();

const baselineFile = z.strictObject({
  schema: z.literal(1, must('be 1: a newer trailkeeper wrote this file')),
  trail: trailArn,
  states: z.record(z.string(), z.unknown(), must('be an object of states by kind')),
  policy: z.unknown().optional(),
  version: ignored,
  previous: ignored,
  capturedAt: ignored,
  capturedBy: ignored,
  reason: ignored,
});

/** The output of `show --json`, which has the baseline in a member. */
const shown = z.looseObject({ baseline: z.record(z.string(), z.unknown()) });

function parseFile(file: string): z.infer<typeof baselineFile> {
  const content = readJson(file, file);
  const result = baselineFile.safeParse(shown.safeParse(content).data?.baseline ?? content);
  if (result.success) return result.data;
  throw new InvalidBaselineError(`${file}: ${describeIssues(result.error)}`);
}
