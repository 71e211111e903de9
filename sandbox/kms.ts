import { AwsError, type Call, type Service } from './service.ts';
import type { World } from './world.ts';

/** Enough of AWS KMS to make a key and to find one by any of its names. */
export const kms: Service = {
  CreateKey: {
    needs: () => [{ action: 'kms:CreateKey', resource: '*' }],
    perform({ principal: { accountId }, region }, { keys }) {
      const keyId = `00000000-0000-4000-8000-${String(keys.size + 1).padStart(12, '0')}`;
      const Arn = `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
      keys.set(Arn, { keyId, accountId, region });
      return { KeyMetadata: { Arn, KeyId: keyId, AWSAccountId: accountId, Enabled: true } };
    },
  },
  /** A key that waits for its deletion is as good as gone. */
  ScheduleKeyDeletion: {
    needs: (call, world) => [
      {
        action: 'kms:ScheduleKeyDeletion',
        resource: keyArn(call, world) ?? prefix(call, 'key/unknown'),
      },
    ],
    perform(call, world) {
      const Arn = keyArn(call, world);
      if (Arn === null || !world.keys.delete(Arn)) throw unknownKey(call);
      return { KeyId: Arn, KeyState: 'PendingDeletion' };
    },
  },
  DescribeKey: {
    needs: (call, world) => [
      { action: 'kms:DescribeKey', resource: keyArn(call, world) ?? prefix(call, 'key/unknown') },
    ],
    perform(call, world) {
      const Arn = keyArn(call, world);
      const key = Arn === null ? undefined : world.keys.get(Arn);
      if (key === undefined) throw unknownKey(call);
      return { KeyMetadata: { Arn, KeyId: key.keyId, AWSAccountId: key.accountId, Enabled: true } };
    },
  },
};

/** The key behind a key id, a key ARN, an alias or an alias ARN; a bare one is of the caller's account and Region. */
function keyArn(call: Call, { aliases }: World): string | null {
  const typed = String(call.input.KeyId);
  const isAlias = typed.startsWith('alias/') || typed.includes(':alias/');
  const arn = typed.startsWith('arn:') ? typed : prefix(call, isAlias ? typed : `key/${typed}`);
  return isAlias ? (aliases.get(arn) ?? null) : arn;
}

const unknownKey = ({ input }: Call): AwsError =>
  new AwsError('NotFoundException', `Key '${input.KeyId}' does not exist`);

const prefix = ({ region, principal }: Call, resource: string): string =>
  `arn:aws:kms:${region}:${principal.accountId}:${resource}`;
