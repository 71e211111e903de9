import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { messageOf } from '#aws/errors.ts';
import { type Execution, startOrAttach, waitFor } from '#recovery/execution.ts';
import { type Manifest, manifest } from '#recovery/manifest.ts';
import { estimateOf } from '#recovery/plan.ts';
import { progressOf } from '#recovery/progress.ts';
import { manifestKey, type RecoveryInput } from '#recovery/recovery.ts';
import { signManifest } from '#recovery/signed-manifest.ts';
import { jsonText } from '#text/json-text.ts';
import { formatDuration, shortTime } from '#text/time.ts';
import { action, type Context } from '../context.ts';
import { examples, pastTime } from '../options.ts';
import { progress } from '../progress.ts';
import { type DeployedRecovery, deployedRecovery, openBucket } from '../recovery/deployed.ts';
import { planLines, resultLines, unrecoverableLines } from '../recovery/lines.ts';
import { planned } from '../recovery/plan.ts';
import { subjectOf } from '../report/read-evidence.ts';
import { signsNothing } from '../signing-key.ts';
import { counted, note } from '../terminal.ts';

type Options = {
  readonly incident?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bucket?: string;
  readonly prefix?: string;
  readonly dryRun?: true;
};

export const configure = (command: Command): Command =>
  command
    .argument('[trail]', 'its ARN or name; optional if only one trail is protected')
    .option('--incident <id>', 'recover what an incident lost, by the beginning of its id')
    .option('--from <time>', 'recover from a time, or a duration ago such as 2h or 7d', pastTime)
    .option('--to <time>', 'until a time; default: now', pastTime)
    .option('--bucket <name>', 'the bucket to write to; default: recovery.bucket of cdk.json')
    .option('--prefix <prefix>', 'the prefix to write to, in recovery.prefix of cdk.json')
    .option('--dry-run', 'print what would be read, and how long that takes')
    .addHelpText(
      'after',
      examples(
        'recover --incident 5cfd2e71 --dry-run',
        'recover --incident 5cfd2e71',
        'recover org-trail --from 3h --to 2h',
      ),
    )
    .action(
      action<Options>(async (context, [trail], options) => {
        const subject = subjectOf(trail, options, { now: context.now(), verb: 'recover' });
        const deployed = await deployedRecovery();
        const { bucket, prefix } = deployed;
        const destination = { bucket: options.bucket ?? bucket, prefix: options.prefix ?? prefix };
        const input = await planned(context, subject, { destination, allowed: deployed });
        const estimate = estimateOf(input);
        if (options.dryRun) {
          context.answer({ ...input, estimate }, () => [
            ...planLines(input, estimate),
            ...unrecoverableLines(input.recovery),
          ]);
          return 0;
        }
        context.info(...planLines(input, estimate));
        const { arn } = await started(deployed, input, options);
        await waited(context, deployed, { arn, input });
        const result = await signed(context, input);
        context.answer({ execution: arn, ...result }, () => resultLines(result.manifest, result));
        return result.manifest.missing.length > 0 ? 2 : 0;
      }),
    );

async function started(
  { client, stateMachine }: DeployedRecovery,
  input: RecoveryInput,
  options: Options,
): Promise<Execution> {
  const execution = await startOrAttach(client, stateMachine, input);
  const what = execution.isNew ? 'Started' : 'Attached to';
  note(`${what} ${execution.arn}`);
  note(
    `Ctrl-C ends this command, not the recovery. To see how far it is, run ${commandFor(input, options)}`,
  );
  return execution;
}

/** The command that recovers the same again, whenever it is run: without durations, which are relative to now. */
function commandFor(
  { recovery: { trail, intervals } }: RecoveryInput,
  { incident, bucket, prefix }: Options,
): string {
  // The end of an interval does not belong to it, and that of a time range does.
  const last = new Date(Date.parse(intervals.at(-1)?.to ?? '') - 1000).toISOString();
  return [
    'npx --no -- trailkeeper recover',
    incident === undefined
      ? `${trail} --from ${shortTime(intervals[0]?.from ?? '')} --to ${shortTime(last)}`
      : `--incident ${incident}`,
    ...(bucket === undefined ? [] : [`--bucket ${bucket}`]),
    ...(prefix === undefined ? [] : [`--prefix ${prefix}`]),
  ].join(' ');
}

/** Waits for the end, and reports how far the recovery is. */
async function waited(
  { now }: Context,
  { client }: DeployedRecovery,
  { arn, input }: { readonly arn: string; readonly input: RecoveryInput },
): Promise<void> {
  const { bucket } = openBucket(input.recovery.bucket);
  const reported = progress();
  const begun = now().getTime();
  try {
    await waitFor(client, arn, {
      pause: (ms) => setTimeout(ms),
      async onProgress() {
        try {
          const { recovered, share } = await progressOf(bucket, input);
          const left = ((now().getTime() - begun) * (1 - share)) / share;
          const rest = share > 0 && left >= 1000 ? `, about ${formatDuration(left)} left` : '';
          const percent = `${Math.floor(share * 100)} %`;
          reported.report(`${percent}, ${counted(recovered, 'event', 'events')}${rest}`, percent);
        } catch (error) {
          reported.report(`cannot read the progress (${messageOf(error)})`, 'unread');
        }
      },
    });
  } finally {
    reported.end();
  }
}

type Signed = {
  readonly manifest: Manifest;
  readonly url: string;
  readonly signedBy: string | null;
};

/** The manifest of a recovery that has ended, signed with the caller's key if there is one. */
async function signed({ signer, trust }: Context, { recovery }: RecoveryInput): Promise<Signed> {
  const { bucket } = openBucket(recovery.bucket);
  const key = manifestKey(recovery);
  const signedBy = await signManifest(bucket, key, {
    trust,
    signer: signer === signsNothing ? null : signer,
  });
  const written = jsonText(manifest).parse(await bucket.read(key));
  return { manifest: written, url: `s3://${recovery.bucket}/${key}`, signedBy };
}
