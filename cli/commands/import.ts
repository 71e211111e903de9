import { Command } from 'commander';
import * as z from 'zod';
import { InvalidBaselineError, parsePolicy } from '#baseline/baseline.ts';
import { capturedStates, resolveStates } from '#baseline/capture.ts';
import { kinds } from '#drift/index.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { parseTrailArn, trailArn } from '#trail/trail-arn.ts';
import { action } from '../context.ts';
import { readJson } from '../json-file.ts';
import { reasonOption, yesOption } from '../options.ts';
import { forceOption, requireScope } from '../scope.ts';
import { liveStates, storeVersion } from '../store-version.ts';

type Options = { readonly reason?: string; readonly yes?: true; readonly force?: true };

export const importCommand = new Command('import')
  .description('make a baseline file, as export prints it, the next version of its trail')
  .argument('<file>', 'JSON; a KMS key may be named by its alias, and a topic by its name')
  .addOption(reasonOption('why; needed to replace a baseline that differs'))
  .addOption(yesOption())
  .addOption(forceOption())
  .action(
    action<Options, readonly [string]>(async (context, [file], options) => {
      const { reason = null, yes = false, force = false } = options;
      const { trail: arn, states: written, policy } = parseFile(file);
      requireScope(context, arn, force);
      const trail = parseTrailArn(arn);
      const named = await resolveStates(kinds, trail, written, context.keyArnOf(trail.region));
      const live = await liveStates(context, trail, named);
      return storeVersion(context, {
        trail: arn,
        // A file names whole states, but for fields that AWS alone can tell.
        states: capturedStates(
          kinds.filter(({ name }) => name in named),
          live ?? {},
          named,
        ),
        policy: policy === undefined ? null : parsePolicy(policy, kinds),
        reason,
        live,
        yes,
      });
    }),
  );

const anything = z.unknown().optional();

/** What of a file is taken: who stored it when, and as which version, is told anew. */
const baselineFile = z.strictObject({
  schema: z.literal(1, must('be 1: a newer trailkeeper wrote this file')),
  trail: trailArn,
  states: z.record(z.string(), z.unknown(), must('be an object of states by kind')),
  policy: anything,
  version: anything,
  previous: anything,
  armed: anything,
  capturedAt: anything,
  capturedBy: anything,
  reason: anything,
});

function parseFile(file: string): z.infer<typeof baselineFile> {
  const result = baselineFile.safeParse(readJson(file, file));
  if (result.success) return result.data;
  throw new InvalidBaselineError(`${file}: ${describeIssues(result.error)}`);
}
