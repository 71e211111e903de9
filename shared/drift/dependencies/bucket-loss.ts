/** When a bucket was seen to be gone, under which version of the baseline. ISO 8601. */
export type BucketLoss = { readonly version: number; readonly at: string };

type Bucket = { readonly Region: string | null; readonly Owner: string | null };

/** The prefix of what is observed as the Region of a bucket that was deleted and created again. */
export const createdAgain = 'created again after ';

/** Whether a bucket of this state could be replaced by someone else's without a visible difference. */
export const isReplaceable = (desired: Partial<Bucket> | undefined): boolean =>
  typeof desired?.Region === 'string' && desired.Owner === null;

/** What was observed of a bucket, given that it was seen to be gone under the same version. */
export const afterLoss = <State extends Bucket>(
  state: State,
  loss: BucketLoss | null,
  version: number,
): State =>
  state.Region === null || loss?.version !== version
    ? state
    : { ...state, Region: `${createdAgain}${loss.at}` };
