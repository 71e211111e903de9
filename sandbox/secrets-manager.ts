import { randomUUID } from 'node:crypto';
import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import { AwsError, type Call, type Need } from './service.ts';
import type { Secret, World } from './world.ts';

/** The part of AWS Secrets Manager that creates, fills, rotates, reads and deletes secrets. */
export const secretsManager: Service = {
  CreateSecret: {
    needs: (call) => [{ action: 'secretsmanager:CreateSecret', resource: newArn(call) }],
    perform(call, { secrets }) {
      const { Name, SecretString } = call.input;
      if ([...secrets.values()].some(({ name }) => name === Name)) {
        throw new AwsError(
          'ResourceExistsException',
          `The operation failed because the secret ${Name} already exists.`,
        );
      }
      const arn = newArn(call);
      const value = SecretString === undefined ? null : String(SecretString);
      secrets.set(arn, { name: String(Name), value, versionId: randomUUID() });
      return { ARN: arn, Name };
    },
  },
  GetSecretValue: {
    needs: onSecret,
    perform(call, world) {
      const { arn, secret } = find(call, world);
      if (secret.value === null) {
        throw notFound("can't find the specified secret value for staging label: AWSCURRENT");
      }
      const { name: Name, value: SecretString, versionId: VersionId } = secret;
      return { ARN: arn, Name, SecretString, VersionId, VersionStages: ['AWSCURRENT'] };
    },
  },
  PutSecretValue: {
    needs: onSecret,
    perform(call, world) {
      const { arn, secret } = find(call, world);
      const versionId = randomUUID();
      world.secrets.set(arn, { ...secret, value: String(call.input.SecretString), versionId });
      return { ARN: arn, Name: secret.name, VersionId: versionId };
    },
  },
  DescribeSecret: {
    needs: onSecret,
    perform(call, world) {
      const { arn, secret } = find(call, world);
      return { ARN: arn, Name: secret.name };
    },
  },
  /** Deletes immediately, whatever the recovery window. */
  DeleteSecret: {
    needs: onSecret,
    perform(call, world) {
      const { arn, secret } = find(call, world);
      world.secrets.delete(arn);
      return { ARN: arn, Name: secret.name };
    },
  },
};

function onSecret(call: Call, world: World): readonly Need[] {
  const arn = arnIn(call, world) ?? newArn(call, String(call.input.SecretId));
  return [{ action: `secretsmanager:${call.operation}`, resource: arn }];
}

function find(call: Call, world: World): { readonly arn: string; readonly secret: Secret } {
  const arn = arnIn(call, world);
  const secret = world.secrets.get(arn ?? '');
  if (arn === null || secret === undefined) throw notFound("can't find the specified secret.");
  return { arn, secret };
}

/** The secret's ARN, given as an ARN or as a name in the caller's account and Region. */
function arnIn({ input, region, principal }: Call, { secrets }: World): string | null {
  const prefix = `${arnPrefix}:secretsmanager:${region}:${principal.accountId}:`;
  const found = [...secrets].find(
    ([arn, { name }]) =>
      arn === input.SecretId || (name === input.SecretId && arn.startsWith(prefix)),
  );
  return found?.[0] ?? null;
}

const newArn = ({ region, principal, input }: Call, name = String(input.Name)): string =>
  `${arnPrefix}:secretsmanager:${region}:${principal.accountId}:secret:${name}-AbCdEf`;

const notFound = (what: string): AwsError =>
  new AwsError('ResourceNotFoundException', `Secrets Manager ${what}`);
