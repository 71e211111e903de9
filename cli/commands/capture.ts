import { type Command, Option } from 'commander';
import { dependencyKinds } from '#drift/index.ts';
import { captureAll } from '../baselines/capture-all.ts';
import { type CaptureOptions, captureTrail } from '../baselines/capture-trail.ts';
import { action } from '../context.ts';
import { accountId, examples, reasonOption, yesOption } from '../options.ts';
import { forceOption, requireScope } from '../scope.ts';
import { anyTrail, trailHelp } from '../trails.ts';

type Options = CaptureOptions & { readonly force?: true; readonly all?: true };

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', trailHelp)
    .option('--all', 'every trail that cdk.json names, or else every trail of the account')
    .addOption(reasonOption('why; required to replace a baseline that differs'))
    .option(
      '--states <file>',
      'use the states in this JSON file, by kind, instead of the live ones',
    )
    .option('--policy <file>', 'how to treat drift, as JSON; default: as in the version before')
    .addOption(
      new Option(
        '--restore <kinds...>',
        'restore these of what the trail depends on, too; the rest of the policy stays',
      ).choices(dependencyKinds.map(({ name }) => name)),
    )
    .addOption(
      new Option(
        '--bucket-owner <account>',
        'the account that owns the bucket; default: found by asking S3 for each account of the organization',
      ).argParser(accountId),
    )
    .addOption(yesOption())
    .addOption(forceOption())
    .addHelpText(
      'after',
      examples(
        'capture --all',
        'capture org-trail --reason "CHG-1234: log S3 events"',
        'capture org-trail --restore bucket --reason "CHG-1235"',
      ),
    )
    .action(
      action<Options>(async (context, [text], options) => {
        if (options.all) {
          if (text !== undefined) throw new Error(`use either ${text} or --all`);
          return captureAll(context, options);
        }
        const trail = await anyTrail(context, text);
        requireScope(context, trail.arn, options.force ?? false);
        return captureTrail(context, trail, options);
      }),
    );
