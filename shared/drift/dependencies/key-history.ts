import type { RecordedCall } from '#trail/recorded-call.ts';
import { type CallResult, delayedDelivery, type HistoryModel } from '../history-model.ts';
import { keyRequests } from './key-policy.ts';
import type { Key } from './key-state.ts';
import { policyAfter } from './policy-history.ts';

/** What recorded calls did to a key. A field that is not protected stays null. */
export const keyHistory: HistoryModel<Key> = {
  applyCall(call, before, trail, desired = before) {
    if (call.eventName === 'PutKeyPolicy') {
      return policyAfter(call.parameters?.policy, desired, keyRequests(trail));
    }
    const KeyState = states[call.eventName];
    if (KeyState !== undefined) return { set: before.KeyState === null ? {} : { KeyState } };
    return rotationAfter(call, before);
  },
  coverageLoss: ({ path }) =>
    path === 'RotationPeriodInDays' || path === 'OtherStatements' ? null : delayedDelivery,
};

/** The state of a key after a call. Source: AWS KMS developer guide, "Key states of AWS KMS keys". */
const states: Readonly<Record<string, string>> = {
  EnableKey: 'Enabled',
  DisableKey: 'Disabled',
  ScheduleKeyDeletion: 'PendingDeletion',
  CancelKeyDeletion: 'Disabled',
  DeleteImportedKeyMaterial: 'PendingImport',
  ImportKeyMaterial: 'Enabled',
};

function rotationAfter(
  { eventName, parameters }: RecordedCall,
  before: Key,
): CallResult<Key> | null {
  const isEnabled = eventName === 'EnableKeyRotation';
  if (!isEnabled && eventName !== 'DisableKeyRotation') return null;
  if (before.RotationPeriodInDays === null) return { set: {} };
  if (isEnabled && parameters === null) return { set: {}, indeterminate: ['RotationPeriodInDays'] };
  const days = Number(parameters?.rotationPeriodInDays ?? defaultPeriod);
  return { set: { RotationPeriodInDays: isEnabled ? days : 'off' } };
}

/** In days. Source: AWS KMS API reference, EnableKeyRotation. */
export const defaultPeriod = 365;
