import type * as z from 'zod';
import { type DriftKind, type Permission, protectedTrails } from '../kind.ts';
import { isDenial, isSeen, isUnprotected, namedIn, namingSettings } from './dependency.ts';
import { keyHistory } from './key-history.ts';
import { keyImpact } from './key-impact.ts';
import { isLockedOut, keyRequests } from './key-policy.ts';
import { type Key, type KeyStep, keyState, unprotected } from './key-state.ts';
import { editFor, isEmpty, smallerEdits } from './policy-edit.ts';
import { capturedParts, isRead } from './policy-parts.ts';

const onRestorable = (actions: readonly string[]): Permission => ({
  actions,
  resources: ({ restorable }) => restorable.keys,
});

/** The KMS key that encrypts the log files can be used by CloudTrail. */
export const key: DriftKind<Key, KeyStep> = {
  name: 'key',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: keyState as z.ZodType<Key> & typeof keyState,
  fileFormat: {
    schema: keyState.partial(),
    resolve: async (written) => keyState.partial().parse(written) as Key,
  },
  triggers: [
    {
      eventSource: 'kms.amazonaws.com',
      eventNames: [
        'EnableKey',
        'DisableKey',
        'ScheduleKeyDeletion',
        'CancelKeyDeletion',
        'DeleteImportedKeyMaterial',
        'ImportKeyMaterial',
        'PutKeyPolicy',
        'EnableKeyRotation',
        'DisableKeyRotation',
      ],
    },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      {
        actions: ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus'],
        resources: ({ keys }) => keys,
      },
    ],
    repair: [
      onRestorable(['kms:EnableKey', 'kms:CancelKeyDeletion', 'kms:EnableKeyRotation']),
      {
        ...onRestorable(['kms:PutKeyPolicy']),
        conditions: { BoolIfExists: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } },
      },
    ],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted: Partial<Key> = desired.key ?? {};
    if (named.KmsKeyId === null) return { ...unprotected, ...wanted };
    if (isUnprotected(wanted, unprotected)) return unprotected;
    const { observeKey } = await import('./key-calls.ts');
    return observeKey(aws, named.KmsKeyId, wanted, keyRequests(trail));
  },

  toBaseline: ({ KeyState, RotationPeriodInDays: days, ...policy }) => ({
    KeyState: isSeen(KeyState) ? 'Enabled' : null,
    RotationPeriodInDays: typeof days === 'number' ? days : null,
    ...capturedParts(policy),
  }),

  impact: keyImpact,

  repair(desired, actual, _trail, states) {
    const KeyId = namedIn(states, 'KmsKeyId');
    if (KeyId === null || actual === null || isLockedOut(desired, actual)) return [];
    return [
      ...stateSteps(KeyId, desired, actual),
      ...policySteps(KeyId, desired, actual),
      ...rotationSteps(KeyId, desired, actual),
    ];
  },

  decompose: ({ action, input: { KeyId, put = [], remove = [] } }, { error }) =>
    isDenial(error)
      ? []
      : smallerEdits({ put, remove }).map((edit) => ({ action, input: { KeyId, ...edit } })),

  async apply(aws, step) {
    const { applyKeyStep } = await import('./key-calls.ts');
    await applyKeyStep(aws, step);
  },

  historyModel: keyHistory,
};

/** A key whose deletion is cancelled is disabled. Source: AWS KMS API reference, CancelKeyDeletion. */
function stateSteps(KeyId: string, desired: Key, { KeyState }: Key): readonly KeyStep[] {
  const actions = desired.KeyState === 'Enabled' ? (remedies[String(KeyState)] ?? []) : [];
  return actions.map((action) => ({ action, input: { KeyId } }));
}

/** What restores a key in each state in which it cannot be used. Nothing else does, for example if its material is deleted. */
const remedies: Readonly<Record<string, readonly KeyStep['action'][]>> = {
  Disabled: ['EnableKey'],
  PendingDeletion: ['CancelKeyDeletion', 'EnableKey'],
  PendingReplicaDeletion: ['CancelKeyDeletion', 'EnableKey'],
};

function policySteps(KeyId: string, desired: Key, actual: Key): readonly KeyStep[] {
  if (!isRead(actual)) return [];
  const edit = editFor(capturedParts(desired), capturedParts(actual));
  return isEmpty(edit) ? [] : [{ action: 'PutKeyPolicy', input: { KeyId, ...edit } }];
}

function rotationSteps(KeyId: string, desired: Key, actual: Key): readonly KeyStep[] {
  const [days, now] = [desired.RotationPeriodInDays, actual.RotationPeriodInDays];
  const isOther = now === 'off' || typeof now === 'number';
  if (typeof days !== 'number' || !isOther || days === now) return [];
  return [{ action: 'EnableKeyRotation', input: { KeyId, RotationPeriodInDays: days } }];
}
