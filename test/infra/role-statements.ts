import { inject } from 'vitest';
import { type Template, templatesOf } from '../support/app.ts';

type PolicyStatement = {
  readonly Action: string | string[];
};

/** Every action that a role is granted, beside writing its log, which the sandbox does not have. */
export function grantedTo(roleName: string): string[] {
  const granted = templatesOf(inject('deployed').enforce)
    .flatMap((template) => policyStatementsOf(template, idOf(template, roleName)))
    .flatMap(({ Action }) => Action)
    .filter((action) => !isLogging(roleName, action));
  return [...new Set(granted)];
}

/** A state machine is not deployed without the permissions to deliver its log. */
const isLogging = (roleName: string, action: string): boolean =>
  roleName === 'Trailkeeper-Recovery'
    ? action.startsWith('logs:')
    : /^logs:(Create|Put)/.test(action);

/** The statements of a role's inline policies, in the role itself or in a resource beside it. */
const policyStatementsOf = ({ Resources }: Template, roleId: string): PolicyStatement[] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    if (Type === 'AWS::IAM::Policy') {
      const { Roles, PolicyDocument } = Properties as PolicyOfRoles;
      const isOfRole = Roles.some(({ Ref }) => Ref.slice(0, -8) === roleId);
      return isOfRole ? PolicyDocument.Statement : [];
    }
    if (Type !== 'AWS::IAM::Role' || id.slice(0, -8) !== roleId) return [];
    const { Policies = [] } = Properties as {
      readonly Policies?: readonly { readonly PolicyDocument: { Statement: PolicyStatement[] } }[];
    };
    return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  });

type PolicyOfRoles = {
  readonly Roles: readonly { readonly Ref: string }[];
  readonly PolicyDocument: { readonly Statement: PolicyStatement[] };
};

/** The id of a role's construct: the logical id without its hash. */
function idOf({ Resources }: Template, roleName: string): string {
  const [id = 'none'] =
    Object.entries(Resources).find(([, { Properties }]) => Properties?.RoleName === roleName) ?? [];
  return id.slice(0, -8);
}
