import { keyArn, keyFor, ownKey, unknownKey } from './kms-keys.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError } from './service.ts';
import type { KmsKey } from './world.ts';

/** The operations of AWS KMS about automatic rotation. */
export const rotation: Service = {
  /** A key that is pending deletion is reported as not rotated. Source: AWS KMS API reference, GetKeyRotationStatus. */
  GetKeyRotationStatus: {
    needs: () => [],
    perform(call, world) {
      const arn = keyArn(call, world);
      if (arn === null) throw unknownKey(call);
      const { state, spec, rotationPeriodInDays: days } = keyFor(call, arn, world);
      checkSpec(spec);
      const isRotated = days !== undefined && !state.startsWith('Pending');
      return { KeyRotationEnabled: isRotated, ...(isRotated && { RotationPeriodInDays: days }) };
    },
  },
  EnableKeyRotation: changing((key, { RotationPeriodInDays = 365 }) => ({
    ...key,
    rotationPeriodInDays: periodIn(RotationPeriodInDays),
  })),
  DisableKeyRotation: changing(({ rotationPeriodInDays: _, ...key }) => key),
};

/** Source: AWS KMS developer guide, "Key states of AWS KMS keys": not of a key that is disabled or pending deletion. */
function changing(
  change: (key: KmsKey, input: Readonly<Record<string, unknown>>) => KmsKey,
): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      const { arn, key } = ownKey(call, world);
      checkSpec(key.spec);
      // Source: AWS KMS API reference, EnableKeyRotation: set it on the primary key; and of imported material there is none.
      if (key.primaryRegion !== undefined || key.origin === 'EXTERNAL') {
        throw new AwsError('UnsupportedOperationException', `${arn} is not rotated by itself.`);
      }
      if (key.state === 'Disabled') throw new AwsError('DisabledException', `${arn} is disabled.`);
      if (key.state !== 'Enabled') {
        throw new AwsError('KMSInvalidStateException', `${arn} is pending deletion.`);
      }
      world.keys.set(arn, change(key, call.input));
      return {};
    },
  };
}

/** Source: AWS KMS API reference, EnableKeyRotation, `RotationPeriodInDays`. */
function periodIn(days: unknown): number {
  if (typeof days === 'number' && days >= 90 && days <= 2560) return days;
  throw new AwsError('ValidationException', 'RotationPeriodInDays must be from 90 to 2560.');
}

/** Only symmetric keys are rotated. Source: AWS KMS API reference, EnableKeyRotation. */
function checkSpec(spec: KmsKey['spec']): void {
  if (spec === 'SYMMETRIC_DEFAULT') return;
  throw new AwsError('UnsupportedOperationException', `A key of type ${spec} is not rotated.`);
}
