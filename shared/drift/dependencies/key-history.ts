import type { RecordedCall } from '#trail/recorded-call.ts';
import { type CallResult, delayedDelivery, type HistoryModel } from '../history-model.ts';
import { accessDenied } from './dependency.ts';
import { onProtected, policyAfter, unclear } from './dependency-history.ts';
import { keyRequests } from './key-policy.ts';
import type { Key } from './key-state.ts';

/** What recorded calls did to a key. */
export const keyHistory: HistoryModel<Key> = {
  applyCall: onProtected(({ eventName, parameters }, _before, trail, desired) => {
    if (eventName === 'PutKeyPolicy') {
      return policyAfter(parameters?.policy, desired, keyRequests(trail));
    }
    const KeyState = states[eventName];
    if (KeyState !== undefined) return { set: { KeyState } };
    if (eventName === 'DisableKeyRotation') return { set: { RotationPeriodInDays: 'off' } };
    return eventName === 'EnableKeyRotation' ? rotationAfter(parameters) : null;
  }),
  // If the key cannot be read, kind `delivery` reports whether log files arrive.
  coverageLoss: ({ path, actual }) =>
    actual === accessDenied || path === 'RotationPeriodInDays' || path === 'OtherStatements'
      ? null
      : delayedDelivery,
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

function rotationAfter(parameters: RecordedCall['parameters']): CallResult<Key> {
  if (parameters === null) return unclear(['RotationPeriodInDays']);
  return {
    set: { RotationPeriodInDays: Number(parameters.rotationPeriodInDays ?? defaultPeriod) },
  };
}

/** In days. Source: AWS KMS API reference, EnableKeyRotation. */
export const defaultPeriod = 365;
