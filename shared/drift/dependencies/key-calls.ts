import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  type DescribeKeyCommandOutput,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { accountOf, regionOf } from '#aws/resource-names.ts';
import { NotReportedError } from '../reported.ts';
import { writePolicy } from './deleted-principals.ts';
import { accessDenied, gone, readOr, unlessUnseen } from './dependency.ts';
import { defaultPeriod } from './key-history.ts';
import type { Key, KeyStep } from './key-state.ts';
import { merge, type PolicyEdit } from './policy-edit.ts';
import { comparable, isAnyWanted, partsOf, unreadParts } from './policy-parts.ts';
import type { Request } from './statement-evaluation.ts';

/**
 * What KMS reports of a key, as far as it is wanted; of a key that does not exist or may not be described, only that. The rotation of a
 * key that is pending deletion is reported as off until the deletion is cancelled. Source: AWS KMS API reference, GetKeyRotationStatus.
 */
export async function observeKey(
  aws: Aws,
  KeyId: string,
  wanted: Partial<Key>,
  requests: readonly Request[],
): Promise<Key> {
  const kms = await clientFor(aws, KeyId);
  const ignored = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value === null));
  const described = await readOr(kms.send(new DescribeKeyCommand({ KeyId })));
  if (described === gone || described === accessDenied) {
    const isSaid = wanted.KeyState !== null || described === gone;
    return { ...(isSaid ? { KeyState: described } : unreadParts(wanted)), ...ignored } as Key;
  }
  const KeyState = stateIn(described);
  const isRotationKnown = !KeyState?.startsWith('Pending') && !isReplica(described);
  const [rotation, policy] = await Promise.all([
    wanted.RotationPeriodInDays !== null && isRotationKnown ? rotationOf(kms, KeyId) : {},
    isAnyWanted(wanted) ? policyOf(kms, KeyId, wanted, requests) : {},
  ]);
  return { ...(KeyState !== undefined && { KeyState }), ...rotation, ...policy, ...ignored } as Key;
}

/** Sends one step. A policy is read again, and written only if that changes something. */
export async function applyKeyStep(aws: Aws, { action, input }: KeyStep): Promise<void> {
  const { KeyId, put = [], remove = [], ...others } = input;
  const kms = await clientFor(aws, KeyId);
  switch (action) {
    case 'EnableKey':
      return void (await kms.send(new EnableKeyCommand({ KeyId })));
    case 'CancelKeyDeletion':
      return void (await kms.send(new CancelKeyDeletionCommand({ KeyId })));
    case 'EnableKeyRotation':
      return void (await kms.send(new EnableKeyRotationCommand({ KeyId, ...others })));
    case 'PutKeyPolicy':
      return putPolicy(kms, KeyId, { put, remove });
  }
}

/** In bytes. Source: AWS KMS API reference, PutKeyPolicy. */
const maxPolicySize = 32_768;

async function putPolicy(kms: KMSClient, KeyId: string, edit: PolicyEdit): Promise<void> {
  const { Policy: present } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  if (present === undefined) throw new NotReportedError('GetKeyPolicy returned no Policy');
  const policy = merge(present, edit, maxPolicySize);
  if (policy === null) return;
  await writePolicy(policy, (Policy) => kms.send(new PutKeyPolicyCommand({ KeyId, Policy })));
}

const clientFor = (aws: Aws, arn: string) =>
  aws.dependenciesIn(accountOf(arn)).kmsIn(regionOf(arn));

/** The state of a key, as KMS names it. A key in state `Updating` can be used. Source: AWS KMS API reference, UpdatePrimaryRegion. */
const stateIn = ({ KeyMetadata }: DescribeKeyCommandOutput): string | undefined =>
  KeyMetadata?.KeyState === 'Updating' ? 'Enabled' : KeyMetadata?.KeyState;

/** The rotation of a replica is that of its primary key. Source: AWS KMS API reference, EnableKeyRotation. */
const isReplica = ({ KeyMetadata }: DescribeKeyCommandOutput): boolean =>
  KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA';

/** Some kinds of keys cannot be rotated. Source: AWS KMS API reference, GetKeyRotationStatus, "UnsupportedOperationException". */
async function rotationOf(kms: KMSClient, KeyId: string): Promise<Partial<Key>> {
  const read = await readOr(kms.send(new GetKeyRotationStatusCommand({ KeyId }))).catch(
    (error: unknown): typeof gone => {
      if (nameOf(error) === 'UnsupportedOperationException') return gone;
      throw error;
    },
  );
  if (read === gone) return {};
  if (read === accessDenied) return { RotationPeriodInDays: read };
  const { KeyRotationEnabled: isRotated, RotationPeriodInDays: days = defaultPeriod } = read;
  return isRotated === undefined ? {} : { RotationPeriodInDays: isRotated ? days : 'off' };
}

async function policyOf(
  kms: KMSClient,
  KeyId: string,
  wanted: Partial<Key>,
  requests: readonly Request[],
): Promise<Partial<Key>> {
  const policy = await unlessUnseen(
    kms.send(new GetKeyPolicyCommand({ KeyId })),
    ({ Policy }) => Policy,
  );
  if (policy === undefined || policy === gone) return {};
  return policy === accessDenied
    ? unreadParts(wanted)
    : partsOf(policy, requests, comparable(wanted));
}
