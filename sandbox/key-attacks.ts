import {
  DisableKeyCommand,
  DisableKeyRotationCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { Attack } from './attack.ts';
import { allowAccount } from './kms-policy.ts';
import { withStatements } from './policy.ts';
import { logKeyArn, outsider } from './seed.ts';

/** Attacks on a KMS key by an administrator of its account. */
export const attacksOnKey = (KeyId: string): readonly Attack[] => [
  {
    id: 'C1',
    title: 'disables the KMS key',
    call: ({ kms }) => kms.send(new DisableKeyCommand({ KeyId })),
  },
  {
    id: 'C2',
    title: 'schedules the deletion of the KMS key',
    call: ({ kms }) => kms.send(new ScheduleKeyDeletionCommand({ KeyId })),
  },
  {
    id: 'C3a',
    title: 'removes CloudTrail from the key policy',
    call: ({ kms }) =>
      kms.send(
        new PutKeyPolicyCommand({
          KeyId,
          Policy: withStatements(null, allowAccount(KeyId.split(':')[4] ?? '')),
        }),
      ),
  },
  {
    id: 'C3b',
    title: 'denies CloudTrail the KMS key',
    call: ({ kms }) => addToPolicy(kms, KeyId, denial),
  },
  {
    id: 'C3c',
    title: 'lets her own account read the log',
    reportOnly: true,
    call: ({ kms }) => addToPolicy(kms, KeyId, allowAccount(outsider.accountId)),
  },
  {
    id: 'C6',
    title: 'stops the rotation of the KMS key',
    call: ({ kms }) => kms.send(new DisableKeyRotationCommand({ KeyId })),
  },
];

const denial = {
  Effect: 'Deny',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  Action: 'kms:GenerateDataKey*',
  Resource: '*',
};

async function addToPolicy(kms: KMSClient, KeyId: string, statement: object): Promise<void> {
  const { Policy = null } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: withStatements(Policy, statement) }));
}

/** Attacks on the KMS key of the trail. */
export const keyAttacks = attacksOnKey(logKeyArn);
