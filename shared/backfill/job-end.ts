import { isTransient, messageOf, nameOf } from '#aws/errors.ts';
import { names } from '#aws/resource-names.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import type { BackfillState } from './job-state.ts';
import { StaleStateError } from './report-store.ts';

/** A call to AWS that failed. The message says which, and what to do if it was denied. */
export class StepError extends Error {
  override readonly name = 'StepError' as const;

  constructor(step: string, permission: string, cause: unknown) {
    const remedy = isDenial(cause)
      ? `: give the role ${names.reconcileRole} its permission ${permission} back (npx cdk deploy --all --revert-drift), then start the backfill again`
      : '';
    super(`${step}: ${nameOf(cause)}: ${messageOf(cause)}${remedy}`, { cause });
  }
}

const isDenial = (error: unknown): boolean => /^(AccessDenied|Unauthorized)/.test(nameOf(error));

/** Lets another invocation continue. Throws `StepError`. */
export async function handOver(
  state: BackfillState,
  { continueLater }: Pick<BackfillDeps, 'continueLater'>,
): Promise<BackfillState> {
  const { trails, ...window } = state.request;
  try {
    await continueLater({ ...window, ...(trails && { trails }), resume: true });
    return state;
  } catch (error) {
    throw new StepError('the next invocation cannot be started', 'lambda:InvokeFunction', error);
  }
}

/**
 * Stores a failure, for a caller that waits for the report. A transient failure is thrown, so that Lambda retries from the last
 * page on; any other one is final. A denial is thrown as well, so that the alarm of the function fires; the retry finds that the
 * backfill has ended.
 */
export async function reportFailure(
  error: unknown,
  key: string,
  { controller, reports, retries }: BackfillDeps,
): Promise<BackfillState> {
  const state = await reports.state(key);
  if (state === null) throw error;
  // Another invocation continues.
  if (error instanceof StaleStateError) return state;
  const failures = state.failures + 1;
  const cause = error instanceof StepError ? error.cause : error;
  const isFinal = failures > retries || !isTransient(cause);
  const problem = messageOf(error);
  controller.logger.error(isFinal ? 'the backfill failed' : 'the backfill is delayed', {
    report: key,
    problem,
  });
  const updatedAt = controller.now().toISOString();
  const status = isFinal ? 'failed' : 'running';
  const failed = await reports.save({ ...state, status, problem, failures, updatedAt }, state);
  if (isFinal && !isDenial(cause)) return failed;
  throw error;
}
