import { Command, Option } from 'commander';
import { parsePolicy } from '#baseline/baseline.ts';
import { withBucketOwner } from '#baseline/bucket-owner.ts';
import { capturedStates, readLiveState, resolveStates } from '#baseline/capture.ts';
import { type LandingZone, landingZoneOf } from '#baseline/landing-zone.ts';
import type { Policy } from '#baseline/policy.ts';
import { creatorsOf } from '#baseline/trail-creators.ts';
import { kinds } from '#drift/index.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { action, type Context } from '../context.ts';
import { explain } from '../explain.ts';
import { readJson } from '../json-file.ts';
import { accountId, reasonOption, yesOption } from '../options.ts';
import { forceOption, requireScope } from '../scope.ts';
import { noteUnread, storeVersion } from '../store-version.ts';
import { note } from '../terminal.ts';
import { anyTrail, trailHelp } from '../trails.ts';

type Options = {
  readonly states?: string;
  readonly policy?: string;
  readonly bucketOwner?: string;
  readonly reason?: string;
  readonly yes?: true;
  readonly force?: true;
};

export const capture = new Command('capture')
  .description('make the live state of a trail its baseline: what it is held to from now on')
  .argument('[trail]', trailHelp)
  .addOption(reasonOption('why; needed to replace a baseline that differs'))
  .option('--states <file>', 'take the states that a JSON file has, by kind, from there')
  .option('--policy <file>', 'what becomes of a drift, as JSON; else as in the version before')
  .addOption(
    new Option(
      '--bucket-owner <account>',
      'the account that owns the bucket; else trailkeeper asks S3 for each account of the organization',
    ).argParser(accountId),
  )
  .addOption(yesOption())
  .addOption(forceOption())
  .action(
    action<Options>(async (context, [text], options) => {
      const trail = await anyTrail(context, text);
      requireScope(context, trail.arn, options.force ?? false);
      const given = read(options);
      const keyArnOf = context.keyArnOf(trail.region);
      const aws = context.awsOf(trail.region);
      const before = await context.baselines.newestValid(trail.arn);
      const known = before?.states ?? {};
      const { live, written } = await readLiveState(kinds, aws, trail, context.now(), {
        known,
        onUnread: noteUnread,
        written: await resolveStates(kinds, trail, given.states, keyArnOf),
      });
      const isFirst = before === null;
      const owned =
        isFirst || options.reason !== undefined
          ? await withBucketOwner(aws, trail, { live, written }).catch((error: unknown) => {
              note(`the owner of the bucket could not be found: ${explain(error)}`);
              return { live, written };
            })
          : { live, written };
      const landingZone = isFirst ? await landingZoneOfTrail(context, trail) : null;
      const policy = given.policy === undefined ? null : parsePolicy(given.policy, kinds);
      return storeVersion(context, {
        trail: trail.arn,
        states: capturedStates(kinds, owned.live, owned.written, known, noteUnread),
        policy: policy ?? (landingZone && reportOnly),
        reason: options.reason ?? null,
        live: owned.live,
        yes: options.yes ?? false,
        landingZone,
      });
    }),
  );

function read({ states, policy, bucketOwner }: Options) {
  const written = states === undefined ? {} : readJson(`--states ${states}`, states);
  return {
    states: bucketOwner === undefined ? written : ownedBy(bucketOwner, written as object),
    policy: policy === undefined ? undefined : readJson(`--policy ${policy}`, policy),
  };
}

const ownedBy = (BucketOwner: string, written: { readonly sink?: object }) => ({
  ...written,
  sink: { ...written.sink, BucketOwner },
});

/** An update of the landing zone changes its trails, so drift is only reported until a person sets another policy. */
const reportOnly: Policy = Object.fromEntries(
  kinds
    .filter(({ alwaysEnforced, permissions }) => !alwaysEnforced && permissions.repair.length > 0)
    .map(({ name }) => [name, 'alert' as const]),
);

async function landingZoneOfTrail(context: Context, trail: Trail): Promise<LandingZone | null> {
  const byName = landingZoneOf(trail.name, []);
  if (byName !== null) return byName;
  try {
    const { cloudtrail } = context.awsOf(trail.region);
    return landingZoneOf(trail.name, await creatorsOf(cloudtrail, trail));
  } catch (error) {
    note(`who created the trail could not be looked up: ${explain(error)}`);
    return null;
  }
}
