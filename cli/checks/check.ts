import type { Deployed } from '#deployment/expected-deployment.ts';
import type { Context } from '../context.ts';

/** What a check of the deployment came to, a line a finding. */
export type Finding =
  | { readonly status: 'ok' | 'note'; readonly what: string }
  | { readonly status: 'wrong'; readonly what: string; readonly remedy: string };

/** One thing that has to be well for trails to be guarded. */
export type Check = {
  readonly name: string;
  run(context: Context, deployed: Promise<Deployed>): Promise<readonly Finding[]>;
};

export const ok = (what: string): Finding => ({ status: 'ok', what });
export const noteworthy = (what: string): Finding => ({ status: 'note', what });
export const wrong = (what: string, remedy: string): Finding => ({ status: 'wrong', what, remedy });
