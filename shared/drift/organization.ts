import type { EnableAWSServiceAccessCommandInput } from '@aws-sdk/client-organizations';
import * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import { RoleName, rolePath, ServicePrincipal } from '#aws/service-linked-role.ts';
import { asSet, without } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import type { Of } from '#text/schema-parts.ts';
import { textOf } from '#trail/recorded-call.ts';
import { flag } from '#trail/value-schemas.ts';
import type { DriftKind } from './kind.ts';

const state = z.strictObject({
  TrustedAccess: flag,
  DelegatedAdministrators: z.array(
    z.string(must('be an account id')).regex(/^\d{12}$/, must('be an account id')),
    must('be a list of account ids: an empty one for none'),
  ),
  /** Null means not protected: an account without an organization trail may have no such role. */
  ServiceLinkedRole: z.literal('there', must('be there, or null')).nullable(),
});

type Organization = Omit<Of<typeof state>, 'ServiceLinkedRole'> & {
  /** `gone` if the role is protected and does not exist. */
  readonly ServiceLinkedRole: string | null;
};
type OrganizationStep =
  | {
      readonly action: 'CreateServiceLinkedRole';
      readonly input: { readonly AWSServiceName: string };
    }
  | {
      readonly action: 'EnableAWSServiceAccess';
      readonly input: EnableAWSServiceAccessCommandInput;
    };

/**
 * CloudTrail's trusted access to the organization, without which an organization trail records one account; its service-linked role;
 * and the delegated administrators, which are only reported.
 */
export const organization: DriftKind<Organization, OrganizationStep> = {
  name: 'organization',
  isOutsideTrail: true,
  state,
  fileFormat: {
    schema: state,
    async resolve(written) {
      const { DelegatedAdministrators, ...given } = state.parse(written);
      return { ...given, DelegatedAdministrators: asSet(DelegatedAdministrators) };
    },
  },
  triggers: [
    {
      eventSource: 'organizations.amazonaws.com',
      eventNames: [
        'EnableAWSServiceAccess',
        'DisableAWSServiceAccess',
        'RegisterDelegatedAdministrator',
        'DeregisterDelegatedAdministrator',
      ],
    },
    {
      eventSource: 'cloudtrail.amazonaws.com',
      eventNames: ['RegisterOrganizationDelegatedAdmin', 'DeregisterOrganizationDelegatedAdmin'],
    },
    {
      eventSource: 'iam.amazonaws.com',
      eventNames: ['CreateServiceLinkedRole', 'DeleteServiceLinkedRole'],
    },
  ],
  permissions: {
    observe: [
      {
        // These actions cannot be granted on anything narrower.
        actions: [
          'organizations:DescribeOrganization',
          'organizations:ListAWSServiceAccessForOrganization',
          'organizations:ListDelegatedAdministrators',
        ],
        resources: () => ['*'],
      },
      { actions: ['iam:GetRole'], resources: ({ roles }) => [`${roles}/${rolePath}`] },
    ],
    repair: [
      {
        // This action can be narrowed only by service.
        actions: ['organizations:EnableAWSServiceAccess'],
        resources: () => ['*'],
        conditions: { StringEquals: { 'organizations:ServicePrincipal': ServicePrincipal } },
      },
      {
        // The path of the role names the service.
        actions: ['iam:CreateServiceLinkedRole'],
        resources: ({ roles }) => [`${roles}/${rolePath}`],
      },
    ],
  },

  async observe(aws, { accountId }, _now, { organization: desired } = {}) {
    const isProtected = (desired as Partial<Organization> | undefined)?.ServiceLinkedRole !== null;
    const { accessOf, roleState } = await import('./organization-probes.ts');
    const [access, ServiceLinkedRole] = await Promise.all([
      accessOf(await aws.organizations, accountId, desired !== undefined),
      isProtected ? roleState(await iamOf(aws)) : null,
    ]);
    return { ...access, ServiceLinkedRole } as Organization;
  },

  toBaseline: ({ ServiceLinkedRole, ...observed }) => ({
    ...observed,
    ServiceLinkedRole: ServiceLinkedRole === 'there' ? 'there' : null,
  }),

  impact({ path }, desired, actual) {
    if (path === 'TrustedAccess') return actual.TrustedAccess ? accessGiven : accessTaken;
    if (path === 'ServiceLinkedRole') return roleGone;
    const came = without(actual.DelegatedAdministrators, desired.DelegatedAdministrators);
    const went = without(desired.DelegatedAdministrators, actual.DelegatedAdministrators);
    const description = [
      came.length === 0 ? [] : `${came.join(', ')} can now change every organization trail`,
      went.length === 0 ? [] : `${went.join(', ')} can no longer administer organization trails`,
    ].flat();
    return {
      description: description.join('; '),
      severity: came.length > 0 ? 'high' : 'medium',
      losesCoverage: false,
    };
  },

  /** Access and role are restored and never removed. */
  repair: (desired, actual) => [
    ...(desired.ServiceLinkedRole === 'there' &&
    (actual === null || actual.ServiceLinkedRole === 'gone')
      ? [
          {
            action: 'CreateServiceLinkedRole',
            input: { AWSServiceName: ServicePrincipal },
          } as const,
        ]
      : []),
    ...(desired.TrustedAccess && (actual === null || actual.TrustedAccess === false)
      ? [{ action: 'EnableAWSServiceAccess', input: { ServicePrincipal } } as const]
      : []),
  ],

  async apply(aws, { action }) {
    const probes = await import('./organization-probes.ts');
    if (action === 'CreateServiceLinkedRole')
      await probes.createServiceLinkedRole(await iamOf(aws));
    else await probes.enableServiceAccess(await aws.organizations);
  },

  historyModel: {
    applyCall({ eventName, parameters }, { DelegatedAdministrators: before, ServiceLinkedRole }) {
      if (eventName.endsWith('ServiceLinkedRole')) {
        if (ServiceLinkedRole === null || !isOfRole(parameters)) return null;
        // The deletion is asynchronous and fails later if the role is in use.
        return eventName.startsWith('Create')
          ? { set: { ServiceLinkedRole: 'there' } }
          : { set: {}, indeterminate: ['ServiceLinkedRole'] };
      }
      if (eventName === 'EnableAWSServiceAccess' || eventName === 'DisableAWSServiceAccess') {
        if (parameters === null) return { set: {}, indeterminate: ['TrustedAccess'] };
        if (textOf(parameters, 'servicePrincipal') !== ServicePrincipal) return null;
        return { set: { TrustedAccess: eventName === 'EnableAWSServiceAccess' } };
      }
      const member = delegation[eventName];
      if (member === undefined) return null;
      const id = parameters && textOf(parameters, member);
      if (!id) return { set: {}, indeterminate: ['DelegatedAdministrators'] };
      const others = before.filter((one) => one !== id);
      const isMade = eventName.startsWith('Register');
      return { set: { DelegatedAdministrators: asSet(isMade ? [...others, id] : others) } };
    },
    coverageLoss: ({ path }, { TrustedAccess: isWanted }) =>
      path === 'TrustedAccess' && isWanted
        ? { scope: 'member accounts', events: null, stopsDigestFiles: true, elsewhere: null }
        : null,
  },
};

/** IAM of the caller's own account, which has the role. */
const iamOf = (aws: Aws) => aws.dependenciesIn(null).iam;

/** The member that names the account of a delegated administrator, by call. */
const delegation: Readonly<Record<string, string>> = {
  RegisterDelegatedAdministrator: 'accountId',
  DeregisterDelegatedAdministrator: 'accountId',
  RegisterOrganizationDelegatedAdmin: 'memberAccountId',
  DeregisterOrganizationDelegatedAdmin: 'delegatedAdminAccountId',
};

const accessTaken = {
  description:
    'CloudTrail has no access to the organization: its trails record the management account alone',
  severity: 'critical',
  losesCoverage: true,
} as const;

const accessGiven = {
  description: 'CloudTrail has access to the organization, which was not captured',
  severity: 'low',
  losesCoverage: false,
} as const;

const roleGone = {
  description: `CloudTrail's role ${RoleName} does not exist: organization trails cannot be managed, and new accounts are not recorded`,
  severity: 'high',
  losesCoverage: true,
} as const;

/** Whether a call concerns CloudTrail's role, or does not name a role. */
const isOfRole = (parameters: Readonly<Record<string, unknown>> | null): boolean =>
  parameters === null ||
  textOf(parameters, 'roleName') === RoleName ||
  textOf(parameters, 'aWSServiceName') === ServicePrincipal;
