import type { Clients } from './clients.ts';

/** A way to weaken the trail that an attacker with administrator rights has. */
export type Attack = {
  /** The threat's number in docs/threat-model.md, with a letter if the threat has several forms. */
  readonly id: string;
  readonly title: string;
  /** The access key id to call with. Default: an IAM user. */
  readonly as?: string;
  /** trailkeeper reports the change but does not revert it. */
  readonly reportOnly?: true;
  readonly call: (clients: Clients, trail: string) => Promise<unknown>;
};
