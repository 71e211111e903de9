import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import { delayedDelivery } from '../history-model.ts';
import type { Impact } from '../impact.ts';
import { type DriftKind, protectedTrails } from '../kind.ts';
import { accessDenied, gone, isSeen, namingSettings, unseen } from './reading.ts';

const state = z.strictObject({
  KeyState: z.literal('Enabled', must('be Enabled, or null')).nullable(),
});

/** The state of the key, as KMS names it. Null means not protected: the trail has no key, or it could not be read at the capture. */
type Key = { readonly KeyState: string | null };

/** The KMS key that encrypts the log files can be used. */
export const key: DriftKind<Key, never> = {
  name: 'key',
  isOutsideTrail: true,
  defaultTreatment: 'alert',
  state: state as z.ZodType<Key> & typeof state,
  triggers: [
    {
      eventSource: 'kms.amazonaws.com',
      eventNames: [
        'EnableKey',
        'DisableKey',
        'ScheduleKeyDeletion',
        'CancelKeyDeletion',
        'DeleteImportedKeyMaterial',
      ],
    },
  ],
  permissions: {
    observe: [
      { actions: ['cloudtrail:GetTrail'], resources: protectedTrails },
      { actions: ['kms:DescribeKey'], resources: ({ keys }) => keys },
    ],
    repair: [],
  },

  async observe(aws, trail, now, desired = {}) {
    const named = await namingSettings(aws, trail, now, desired);
    if (named === null) return null;
    const wanted = (desired.key as Key | undefined)?.KeyState;
    if (named.KmsKeyId === null || wanted === null) return { KeyState: wanted ?? null };
    const { keyState } = await import('./key-calls.ts');
    const KeyState = await keyState(aws, named.KmsKeyId);
    return (KeyState === undefined ? {} : { KeyState }) as Key;
  },

  toBaseline: ({ KeyState }) => ({ KeyState: isSeen(KeyState) ? 'Enabled' : null }),

  impact: ({ actual }) =>
    impacts[String(actual)] ??
    unusable(
      `the log key cannot be used: it is ${actual}: no log file can be delivered or read with it`,
    ),

  repair: () => [],

  async apply() {},

  historyModel: {
    applyCall({ eventName }, { KeyState }) {
      const after = effects[eventName];
      if (after === undefined) return null;
      return { set: KeyState === null ? {} : { KeyState: after } };
    },
    coverageLoss: () => delayedDelivery,
  },
};

/** The state of a key after a call. Source: AWS KMS developer guide, "Key states of AWS KMS keys". */
const effects: Readonly<Record<string, string>> = {
  EnableKey: 'Enabled',
  DisableKey: 'Disabled',
  ScheduleKeyDeletion: 'PendingDeletion',
  CancelKeyDeletion: 'Disabled',
  DeleteImportedKeyMaterial: 'PendingImport',
};

/**
 * The impact of each state of a key. A key that can be recovered loses no events: kind `delivery` reports whether log files arrive, and
 * a trail may have been recreated without its key. Source: AWS KMS developer guide, "Key states of AWS KMS keys".
 */
const impacts: Readonly<Record<string, Impact>> = {
  Disabled: unusable(
    'the log key is disabled: no log file can be delivered or read with it. CloudTrail keeps trying for 30 days: enable it',
  ),
  PendingDeletion: doomed('the log key is scheduled for deletion'),
  PendingReplicaDeletion: doomed('the log key is scheduled for deletion, after its replicas'),
  PendingImport: lost(
    'the log key has lost its key material: no log file can be delivered or read with it. Import it again',
  ),
  [gone]: lost(
    'the log key does not exist: no one can read what it encrypted. Let the trail use another key, and capture it again with --reason',
  ),
  [accessDenied]: unseen('the key', 'kms:DescribeKey', 'key.KeyState', 'medium'),
};

function lost(description: string): Impact {
  return { description, severity: 'critical', losesCoverage: true };
}

function doomed(what: string): Impact {
  const description = `${what}: until then no log file can be delivered or read with it, and afterwards no one can read what it encrypted. Cancel the deletion, and enable the key`;
  return { description, severity: 'critical', losesCoverage: false };
}

function unusable(description: string): Impact {
  return { description, severity: 'high', losesCoverage: false };
}
