import type { Baseline } from '#baseline/baseline.ts';
import type { KnownTrail, ProtectedTrail, Retired } from '#baseline/known-trail.ts';
import { isRetirement } from '#baseline/retirement.ts';
import type { Reading } from '#baseline/signing/version-chain.ts';
import { parseTrailArn, type Trail, titleOf } from '#trail/trail-arn.ts';
import type { Context } from './context.ts';

export const trailHelp = 'its ARN or name; optional if only one trail is protected';

/** The protected trail that the argument names. */
export async function protectedTrail(
  context: Context,
  text: string | undefined,
): Promise<ProtectedTrail> {
  const found = await knownTrail(context, text);
  if ('retirement' in found) throw retired(found);
  return found;
}

/** Every protected trail. */
export async function protectedTrails({ baselines }: Context): Promise<readonly KnownTrail[]> {
  const found = (await baselines.known()).filter((one) => !('retirement' in one));
  if (found.length === 0) throw noneProtected();
  return found;
}

/** The baseline of the protected trail that the argument names. */
export async function currentBaseline(
  context: Context,
  text: string | undefined,
): Promise<Baseline> {
  const found = await protectedTrail(context, text);
  if ('error' in found) throw found.error;
  return found.baseline;
}

/** The trail that the argument names, protected or retired. */
export async function knownTrail({ baselines }: Context, text?: string): Promise<KnownTrail> {
  const known = await baselines.known();
  const candidates = known.filter((one) => !('retirement' in one));
  if (text === undefined) {
    const [only, ...others] = candidates;
    if (only === undefined) throw noneProtected();
    if (others.length === 0) return only;
    throw new Error(`several trails are protected, name one: ${list(candidates)}`);
  }
  if (text.startsWith('arn:')) {
    const { arn } = parseTrailArn(text);
    const found = known.find(({ trail }) => trail === arn);
    if (found !== undefined) return found;
    throw notProtected(arn);
  }
  const named = (one: KnownTrail) => one.trail.endsWith(`:trail/${text}`);
  const [found, ...others] = candidates.some(named)
    ? candidates.filter(named)
    : known.filter(named);
  if (found === undefined) {
    const there = candidates.length === 0 ? 'none' : list(candidates);
    throw new Error(
      `no protected trail has the name ${JSON.stringify(text)}. Protected: ${there}. To protect another trail, give its ARN: ${capture('TRAIL_ARN')}`,
    );
  }
  if (others.length === 0) return found;
  throw new Error(
    `several trails have the name ${text}, so give the ARN: ${list([found, ...others])}`,
  );
}

/** Any trail by its ARN, or a protected or retired one by its name. */
export async function anyTrail(context: Context, text: string | undefined): Promise<Trail> {
  if (text?.startsWith('arn:')) return parseTrailArn(text);
  return parseTrailArn((await knownTrail(context, text)).trail);
}

export const notProtected = (arn: string): Error =>
  new Error(`${arn} is not protected: ${capture(arn)}`);

export const noneProtected = (): Error =>
  new Error(`no trail is protected: ${capture('TRAIL_ARN')}`);

export const capture = (trail: string): string => `npx --no -- trailkeeper capture ${trail}`;

function retired({ trail, retirement: { retiredAt, reason } }: Retired): Error {
  return new Error(`${trail} was retired at ${retiredAt} (${reason}): ${capture(trail)}`);
}

const list = (known: readonly KnownTrail[]): string => known.map(({ trail }) => trail).join(', ');

/** One version of the baseline of a trail. Throws if there is no such version, or if it is not valid. */
export async function baselineAt(
  { baselines }: Context,
  trail: string,
  number: number,
): Promise<Baseline> {
  const history = await baselines.history(parseTrailArn(trail).arn);
  const found = history.find((one) => one.number === number);
  const title = titleOf(trail);
  if (found === undefined) {
    throw new Error(`${title} has no version ${number}: ${numbersOf(history)}`);
  }
  if ('error' in found)
    throw new Error(`version ${number} of ${title} is not valid: ${found.error.message}`, {
      cause: found.error,
    });
  if (isRetirement(found.version)) {
    throw new Error(`version ${number} of ${title} is a retirement, not a baseline`);
  }
  return found.version;
}

function numbersOf(history: readonly Reading[]): string {
  const numbers = history.map(({ number }) => number);
  return numbers.length === 0 ? 'it has none' : `it has ${numbers.toReversed().join(', ')}`;
}
