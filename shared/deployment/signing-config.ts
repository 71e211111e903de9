import { publicKeyFrom, type Trust } from '#baseline/signing/signature.ts';
import {
  type TablePolicy,
  tablePolicy,
  type WindowRights,
} from '#baseline/signing/table-policy.ts';
import type { TrailArn } from '#trail/trail-arn.ts';
import type { Deployment } from './config.ts';
import { arnsOf } from './topology.ts';

/** The approver keys, as DER in base64, and the trails that must have a baseline. */
export type SigningConfig = {
  readonly keys: readonly string[];
  readonly trails: readonly TrailArn[];
};

export const signingConfig = ({ signing, trails = [] }: Deployment): SigningConfig => ({
  keys: signing.keys.map(({ der }) => der),
  trails,
});

/** Reads the stack's output `Signing`, which the deployment writes. */
export const parseSigning = (output: string): SigningConfig => JSON.parse(output) as SigningConfig;

/** Without keys every version is trusted: the resource policy of the table protects it. */
export const trustOf = ({ keys }: SigningConfig): Trust => ({ keys: keys.map(publicKeyFrom) });

/** The resource policy of the state table. */
export const tablePolicyOf = ({
  account,
  region,
  approvers,
  ...given
}: Pick<Deployment, 'account' | 'region' | 'approvers'> &
  Partial<Pick<Deployment, 'signing' | 'channels'>>): TablePolicy => {
  const at = { account, region };
  return tablePolicy(at, arnsOf(at).table, approvers, windowRights(given));
};

/** What the function that answers Slack may write of maintenance windows. */
export function windowRights({
  signing,
  channels,
}: Partial<Pick<Deployment, 'signing' | 'channels'>>): WindowRights {
  if (channels?.slack?.approvers === undefined) return 'none';
  return signing !== undefined && signing.keys.length > 0 ? 'end' : 'start';
}
