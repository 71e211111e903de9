import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import { AwsError, type Call } from './service.ts';
import type { ManagedPolicy, World } from './world.ts';

/** The customer managed policies of the caller's account, with their versions. Source: IAM API reference. */
export const managedPolicies: Service = {
  CreatePolicy: {
    needs: onPolicy,
    perform(call, { policies }) {
      const arn = arnOf(call);
      if (policies.has(arn)) {
        throw new AwsError(
          'EntityAlreadyExists',
          `A policy called ${call.input.PolicyName} already exists.`,
          409,
        );
      }
      policies.set(arn, { versions: [documentIn(call)], defaultVersion: 1 });
      return { Policy: { Arn: arn, PolicyName: call.input.PolicyName, DefaultVersionId: 'v1' } };
    },
  },
  GetPolicy: {
    needs: onPolicy,
    perform(call, world) {
      const { defaultVersion } = find(call, world);
      return { Policy: { Arn: arnOf(call), DefaultVersionId: `v${defaultVersion}` } };
    },
  },
  GetPolicyVersion: {
    needs: onPolicy,
    perform(call, world) {
      const { versions } = find(call, world);
      const VersionId = String(call.input.VersionId);
      const Document = encodeURIComponent(versions[Number(VersionId.slice(1)) - 1] ?? '');
      return { PolicyVersion: { VersionId, Document } };
    },
  },
  ListPolicyVersions: {
    needs: onPolicy,
    perform(call, world) {
      const { versions, defaultVersion } = find(call, world);
      const member = versions.flatMap((document, i) =>
        document === null
          ? []
          : [{ VersionId: `v${i + 1}`, IsDefaultVersion: i + 1 === defaultVersion }],
      );
      return { Versions: { member } };
    },
  },
  DeletePolicyVersion: {
    needs: onPolicy,
    perform(call, world) {
      const policy = find(call, world);
      const index = Number(String(call.input.VersionId).slice(1)) - 1;
      const versions = policy.versions.with(index, null);
      world.policies.set(arnOf(call), { ...policy, versions });
      return {};
    },
  },
  /** A policy can have up to five versions. */
  CreatePolicyVersion: {
    needs: onPolicy,
    perform(call, world) {
      const policy = find(call, world);
      if (policy.versions.filter((one) => one !== null).length === 5) {
        throw new AwsError('LimitExceeded', 'A managed policy can have up to 5 versions.', 409);
      }
      const versions = [...policy.versions, documentIn(call)];
      const isDefault = call.input.SetAsDefault === 'true';
      const defaultVersion = isDefault ? versions.length : policy.defaultVersion;
      world.policies.set(arnOf(call), { versions, defaultVersion });
      return { PolicyVersion: { VersionId: `v${versions.length}`, IsDefaultVersion: isDefault } };
    },
  },
};

function find(call: Call, { policies }: World): ManagedPolicy {
  const found = policies.get(arnOf(call));
  if (found !== undefined) return found;
  throw new AwsError('NoSuchEntity', `Policy ${arnOf(call)} was not found.`, 404);
}

const documentIn = (call: Call): string => String(call.input.PolicyDocument);

const arnOf = ({ principal, input: { PolicyArn, PolicyName } }: Call): string =>
  PolicyArn === undefined
    ? `${arnPrefix}:iam::${principal.accountId}:policy/${PolicyName}`
    : String(PolicyArn);

function onPolicy(call: Call) {
  return [{ action: `iam:${call.operation}`, resource: arnOf(call) }];
}
