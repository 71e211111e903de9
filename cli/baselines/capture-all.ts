import { parseTrailArn, type Trail, titleOf } from '#trail/trail-arn.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-code.ts';
import { explain } from '../explain.ts';
import { surroundings } from '../init/surroundings.ts';
import { scopeProblem } from '../scope.ts';
import { namedTrails } from '../stack.ts';
import { NotConfirmedError, note } from '../terminal.ts';
import { sendTestMessage, testLines } from '../test-message.ts';
import { type CaptureOptions, captureTrail } from './capture-trail.ts';

/** Captures every trail that the deployment protects, one after the other, and then sends a test message. */
export async function captureAll(context: Context, options: CaptureOptions): Promise<ExitCode> {
  const results: object[] = [];
  const codes: ExitCode[] = [];
  // With --json there is one answer, for all trails.
  const answer: Context['answer'] = (value, lines) => {
    results.push(value);
    if (!context.json) context.answer(value, lines);
  };
  for (const trail of await trailsToProtect(context)) {
    try {
      codes.push(await captureTrail({ ...context, answer }, trail, options));
    } catch (error) {
      if (error instanceof NotConfirmedError && !options.yes) throw error;
      note(`${titleOf(trail.arn)} was not captured: ${explain(error)}`);
      results.push({ trail: trail.arn, status: 'failed', error: explain(error) });
      codes.push(1);
    }
  }
  const isCaptured = codes.every((code) => code === 0);
  if (isCaptured) note('Sending a test message');
  const test = isCaptured ? await sendTestMessage(context) : { deliveries: [] };
  if (context.json) context.answer({ trails: results, ...test }, () => []);
  else context.answer(test, () => testLines(test));
  return codes.find((code) => code === 1) ?? codes.find((code) => code !== 0) ?? 0;
}

/** The trails that the configuration names; without these, every trail of the account that it can protect. */
async function trailsToProtect(context: Context): Promise<readonly Trail[]> {
  const named = namedTrails(context.outputs);
  if (named.length > 0) return named.map(parseTrailArn);
  const { account, trails } = await surroundings();
  const protectedTrails = trails.filter(({ arn }) => scopeProblem(context, arn) === null);
  if (protectedTrails.length > 0) return protectedTrails.map(({ arn }) => parseTrailArn(arn));
  throw new Error(
    `account ${account} has no trail in homeRegions: run npx --no -- trailkeeper init`,
  );
}
