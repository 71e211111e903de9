import { Command, Option } from 'commander';
import { readWithKnownOwner } from '#baseline/bucket-owner.ts';
import { capturedStates, resolveStates } from '#baseline/captured-states.ts';
import type { Unread } from '#baseline/read-states.ts';
import { kinds } from '#drift/index.ts';
import { noteUnread } from '../baseline-lines.ts';
import {
  type CaptureInputs,
  landingZoneOfTrail,
  policyIn,
  reportOnly,
  statesIn,
  withOwner,
} from '../capture-inputs.ts';
import { action } from '../context.ts';
import { accountId, reasonOption, yesOption } from '../options.ts';
import { forceOption, requireScope } from '../scope.ts';
import { storeVersion } from '../store-version.ts';
import { anyTrail, trailHelp } from '../trails.ts';

type Options = CaptureInputs & {
  readonly reason?: string;
  readonly yes?: true;
  readonly force?: true;
};

export const capture = new Command('capture')
  .description('make the live state of a trail its baseline')
  .argument('[trail]', trailHelp)
  .addOption(reasonOption('why; required to replace a baseline that differs'))
  .option('--states <file>', 'use the states in this JSON file, by kind, instead of the live ones')
  .option('--policy <file>', 'how to treat drift, as JSON; default: as in the version before')
  .addOption(
    new Option(
      '--bucket-owner <account>',
      'the account that owns the bucket; default: found by asking S3 for each account of the organization',
    ).argParser(accountId),
  )
  .addOption(yesOption())
  .addOption(forceOption())
  .action(
    action<Options>(async (context, [text], options) => {
      const trail = await anyTrail(context, text);
      requireScope(context, trail.arn, options.force ?? false);
      const policy = policyIn(options);
      const keyArnOf = context.keyArnOf(trail.region);
      const given = await resolveStates(kinds, trail, statesIn(options), keyArnOf);
      const before = await context.baselines.newestValid(trail.arn);
      const aws = context.awsOf(trail.region);
      const unread: Unread[] = [];
      const onUnread = (one: Unread): void => {
        unread.push(one);
        noteUnread(one);
      };
      const live = { kinds, aws, trail, now: context.now(), onUnread };
      const read = await readWithKnownOwner(live, before?.states ?? {}, given);
      const isNew = before === null || options.reason !== undefined;
      const captured = isNew ? await withOwner(live, read) : read;
      const landingZone = before === null ? await landingZoneOfTrail(live) : null;
      return storeVersion(context, {
        trail: trail.arn,
        states: capturedStates(kinds, captured, before?.states, onUnread),
        policy: policy ?? (landingZone && reportOnly),
        reason: options.reason ?? null,
        live: captured.live,
        yes: options.yes ?? false,
        landingZone,
        unread,
      });
    }),
  );
