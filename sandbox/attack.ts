import type { Clients } from './clients.ts';

/** A way to weaken a trail, or what it depends on, that an attacker with administrator rights has. */
export type Attack<Using = Clients> = {
  /** The threat's number in docs/threat-model.md, with a letter if the threat has several forms. */
  readonly id: string;
  readonly title: string;
  /** The access key id to call with. Default: an IAM user. */
  readonly as?: string;
  /** trailkeeper reports the change but does not revert it. */
  readonly reportOnly?: true;
  /** `target` is the ARN of the trail, or the name of the bucket for attacks on a bucket. */
  readonly call: (clients: Using, target: string) => Promise<unknown>;
};
