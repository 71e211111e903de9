import { randomUUID } from 'node:crypto';
import { arnPrefix } from '../home.ts';
import type { Operation } from '../operation.ts';
import { isPolicy } from '../policy.ts';
import { AwsError, type Call } from '../service.ts';
import type { ControlPolicy, Organization } from '../world.ts';
import { checkManagement } from './accounts.ts';
import { rootId } from './attached-policies.ts';

type Perform = Operation['perform'];

/** Source: Organizations user guide, "Quotas and service limits". */
const maxCharacters = 5120;
const maxPerTarget = 5;

const types = ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] as const;

export const listRoots: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  return { Roots: [rootOf(organization)] };
};

export const enablePolicyType: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  const type = typeIn(call);
  if (organization.policyTypes.has(type)) {
    throw new AwsError('PolicyTypeAlreadyEnabledException', `${type} is already enabled.`);
  }
  organization.policyTypes.add(type);
  return { Root: rootOf(organization) };
};

export const createPolicy: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  const { Content, Name, Description = '' } = call.input;
  const type = typeIn(call);
  if (String(Content).length > maxCharacters) {
    throw new AwsError(
      'ConstraintViolationException',
      `You have exceeded the maximum policy size of ${maxCharacters} characters.`,
    );
  }
  const document = documentIn(Content, type);
  const id = `p-${randomUUID().slice(0, 8)}`;
  organization.controlPolicies.set(id, { type, document, targets: new Set() });
  const Arn = `${arnPrefix}:organizations::${organization.managementAccount}:policy/${organization.id}/${type.toLowerCase()}/${id}`;
  return {
    Policy: {
      PolicySummary: { Id: id, Arn, Name, Description, Type: type, AwsManaged: false },
      Content,
    },
  };
};

export const attachPolicy: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  const { policy, target } = attachmentIn(call, organization);
  if (!organization.policyTypes.has(policy.type)) {
    throw new AwsError(
      'PolicyTypeNotEnabledException',
      'This operation can be performed only for enabled policy types.',
    );
  }
  if (policy.targets.has(target)) {
    throw new AwsError('DuplicatePolicyAttachmentException', 'The policy is already attached.');
  }
  const attached = [...organization.controlPolicies.values()].filter(
    ({ type, targets }) => type === policy.type && targets.has(target),
  );
  // AWS's own policy, which allows everything, is one of them.
  if (attached.length + 1 >= maxPerTarget) {
    throw new AwsError('ConstraintViolationException', 'You have attached too many policies.');
  }
  policy.targets.add(target);
  return {};
};

export const detachPolicy: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  const { policy, target } = attachmentIn(call, organization);
  if (!policy.targets.delete(target)) {
    throw new AwsError('PolicyNotAttachedException', 'The policy is not attached to the target.');
  }
  return {};
};

const rootOf = ({ policyTypes }: Organization) => ({
  Id: rootId,
  Name: 'Root',
  PolicyTypes: [...policyTypes].map((Type) => ({ Type, Status: 'ENABLED' })),
});

function typeIn({ input: { Type, PolicyType } }: Call): ControlPolicy['type'] {
  const type = types.find((one) => one === (Type ?? PolicyType));
  if (type !== undefined) return type;
  throw new AwsError('InvalidInputException', 'You specified an invalid policy type.');
}

function attachmentIn({ input: { PolicyId, TargetId } }: Call, organization: Organization) {
  const policy = organization.controlPolicies.get(String(PolicyId));
  if (policy === undefined) {
    throw new AwsError('PolicyNotFoundException', "You specified a policy that doesn't exist.");
  }
  const target = String(TargetId);
  const { managementAccount, members } = organization;
  if ([rootId, managementAccount, ...members].includes(target)) return { policy, target };
  throw new AwsError('TargetNotFoundException', "You specified a target that doesn't exist.");
}

/**
 * Policies that deny, as far as modeled. Sources: Organizations user guide, "SCP syntax" (no principal) and "RCP syntax" (`Principal` must
 * be `*`, `Effect` must be `Deny`).
 */
function documentIn(content: unknown, type: ControlPolicy['type']): object {
  if (!isPolicy(content)) throw malformed();
  const document = JSON.parse(content) as { readonly Statement: object | readonly object[] };
  for (const statement of [document.Statement].flat() as readonly Record<string, unknown>[]) {
    const { Effect, Principal } = statement;
    const isValid = type === types[0] ? Principal === undefined : Principal === '*';
    if (Effect !== 'Deny' || !isValid) throw malformed();
  }
  return document;
}

const malformed = (): AwsError =>
  new AwsError(
    'MalformedPolicyDocumentException',
    'The provided policy document does not meet the requirements of the specified policy type.',
  );
