import type { Context } from '../context.ts';
import type { Deployment } from '../deployment.ts';

/** The result of a check: one line for people, and what to do about it. */
export type Finding =
  | { readonly status: 'ok'; readonly what: string; readonly remedy?: undefined }
  | { readonly status: 'note'; readonly what: string; readonly remedy?: string }
  | { readonly status: 'wrong'; readonly what: string; readonly remedy: string };

/** Checks one thing that trails depend on to be guarded. */
export type Check = {
  readonly name: string;
  run(context: Context, deployment: Promise<Deployment>): Promise<readonly Finding[]>;
};

export const ok = (what: string): Finding => ({ status: 'ok', what });
export const warning = (what: string, remedy?: string): Finding => ({
  status: 'note',
  what,
  ...(remedy !== undefined && { remedy }),
});
export const wrong = (what: string, remedy: string): Finding => ({ status: 'wrong', what, remedy });
