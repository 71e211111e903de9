import {
  EnableAWSServiceAccessCommand,
  type EnableAWSServiceAccessCommandInput,
  type OrganizationsClient,
  paginateListAWSServiceAccessForOrganization,
  paginateListDelegatedAdministrators,
} from '@aws-sdk/client-organizations';
import { z } from 'zod';
import { nameOf } from '#aws/errors.ts';
import { asSet, without } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import { textOf } from '#trail/recorded-call.ts';
import { flag } from '#trail/value-schemas.ts';
import type { DriftKind } from './kind.ts';

const state = z.strictObject({
  TrustedAccess: flag,
  DelegatedAdministrators: z.array(
    z.string(must('be an account id')).regex(/^\d{12}$/, must('be an account id')),
    must('be a list of account ids: an empty one for none'),
  ),
});

type Organization = {
  readonly TrustedAccess: boolean;
  readonly DelegatedAdministrators: readonly string[];
};
type OrganizationStep = {
  readonly action: 'EnableAWSServiceAccess';
  readonly input: EnableAWSServiceAccessCommandInput;
};

const ServicePrincipal = 'cloudtrail.amazonaws.com';

/**
 * CloudTrail's access to the organization, without which an organization trail records one account, and the accounts that
 * may administer its trails. Who they are is for people to decide.
 */
export const organization: DriftKind<Organization, OrganizationStep> = {
  name: 'organization',
  state,
  declared: {
    schema: state,
    async resolve(written) {
      const { TrustedAccess, DelegatedAdministrators } = state.parse(written);
      return { TrustedAccess, DelegatedAdministrators: asSet(DelegatedAdministrators) };
    },
  },
  hints: [
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
  ],
  permissions: {
    observe: [
      {
        // Neither action can be granted on anything narrower.
        actions: [
          'organizations:ListAWSServiceAccessForOrganization',
          'organizations:ListDelegatedAdministrators',
        ],
        resources: () => ['*'],
      },
    ],
    repair: [
      {
        // Nor can this one, but for the service that it is for.
        actions: ['organizations:EnableAWSServiceAccess'],
        resources: () => ['*'],
        conditions: { StringEquals: { 'organizations:ServicePrincipal': ServicePrincipal } },
      },
    ],
  },

  async observe({ organizations }, _trail, _now, { organization: desired } = {}) {
    try {
      const [TrustedAccess, DelegatedAdministrators] = await Promise.all([
        hasTrustedAccess(organizations),
        delegatedAdministrators(organizations),
      ]);
      const none = { TrustedAccess: false, DelegatedAdministrators: [] };
      return {
        ...(desired === undefined && none),
        ...(TrustedAccess !== undefined && { TrustedAccess }),
        ...(DelegatedAdministrators && { DelegatedAdministrators }),
      } as Organization;
    } catch (error) {
      if (nameOf(error) !== 'AWSOrganizationsNotInUseException') throw error;
      return { TrustedAccess: false, DelegatedAdministrators: [] };
    }
  },

  impact({ path }, desired, actual) {
    if (path === 'TrustedAccess') return actual.TrustedAccess ? accessGiven : accessTaken;
    const came = without(actual.DelegatedAdministrators, desired.DelegatedAdministrators);
    const went = without(desired.DelegatedAdministrators, actual.DelegatedAdministrators);
    const words = [
      came.length === 0 ? [] : `${came.join(', ')} may now change every organization trail`,
      went.length === 0 ? [] : `${went.join(', ')} may no longer administer organization trails`,
    ].flat();
    return {
      words: words.join('; '),
      severity: came.length > 0 ? 'high' : 'medium',
      blinding: false,
    };
  },

  /** Access is given back and never taken. */
  repair: (desired, actual) =>
    desired.TrustedAccess && (actual === null || actual.TrustedAccess === false)
      ? [{ action: 'EnableAWSServiceAccess', input: { ServicePrincipal } }]
      : [],

  async perform({ organizations }, step) {
    await organizations.send(new EnableAWSServiceAccessCommand(step.input));
  },

  past: {
    after({ eventName, parameters }, { DelegatedAdministrators: before }) {
      if (eventName === 'EnableAWSServiceAccess' || eventName === 'DisableAWSServiceAccess') {
        if (parameters === null) return { set: {}, unclear: ['TrustedAccess'] };
        if (textOf(parameters, 'servicePrincipal') !== ServicePrincipal) return null;
        return { set: { TrustedAccess: eventName === 'EnableAWSServiceAccess' } };
      }
      const member = delegation[eventName];
      if (member === undefined) return null;
      const id = parameters && textOf(parameters, member);
      if (!id) return { set: {}, unclear: ['DelegatedAdministrators'] };
      const others = before.filter((one) => one !== id);
      const isMade = eventName.startsWith('Register');
      return { set: { DelegatedAdministrators: asSet(isMade ? [...others, id] : others) } };
    },
    missing: ({ path }, { TrustedAccess: isWanted }) =>
      path === 'TrustedAccess' && isWanted
        ? { scope: 'member accounts', events: null, stopsDigests: true, elsewhere: null }
        : null,
  },
};

/** The member in which a call names the account that it makes an administrator, or no longer one. */
const delegation: Readonly<Record<string, string>> = {
  RegisterDelegatedAdministrator: 'accountId',
  DeregisterDelegatedAdministrator: 'accountId',
  RegisterOrganizationDelegatedAdmin: 'memberAccountId',
  DeregisterOrganizationDelegatedAdmin: 'delegatedAdminAccountId',
};

const accessTaken = {
  words:
    'CloudTrail has no access to the organization: its trails record the management account alone',
  severity: 'critical',
  blinding: true,
} as const;

const accessGiven = {
  words: 'CloudTrail was given access to the organization, which was not captured',
  severity: 'low',
  blinding: false,
} as const;

/** Undefined if AWS does not report it. */
async function hasTrustedAccess(client: OrganizationsClient): Promise<boolean | undefined> {
  for await (const page of paginateListAWSServiceAccessForOrganization({ client }, {})) {
    const enabled = page.EnabledServicePrincipals;
    if (enabled?.some((service) => service.ServicePrincipal === ServicePrincipal)) return true;
    if (!enabled?.every((service) => service.ServicePrincipal)) return undefined;
  }
  return false;
}

/** Undefined if AWS does not report them. */
async function delegatedAdministrators(
  client: OrganizationsClient,
): Promise<readonly string[] | undefined> {
  const ids: string[] = [];
  for await (const page of paginateListDelegatedAdministrators({ client }, { ServicePrincipal })) {
    const found = page.DelegatedAdministrators;
    if (!found?.every(({ Id }) => Id)) return undefined;
    ids.push(...found.flatMap(({ Id = [] }) => Id));
  }
  return asSet(ids);
}
