import {
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { asSet } from '#text/diff.ts';

export type DeployedRole = Awaited<ReturnType<typeof readRole>>;

/** What a role may do, without resources and conditions (docs/decisions/0022-compare-role-actions.md). */
export async function readRole(iam: IAMClient, RoleName: string) {
  const [{ Role }, { PolicyNames = [] }, { AttachedPolicies = [] }] = await Promise.all([
    iam.send(new GetRoleCommand({ RoleName })),
    iam.send(new ListRolePoliciesCommand({ RoleName })),
    iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
  ]);
  const policies = await Promise.all(
    PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
  );
  return {
    /** The principals that may assume it. */
    TrustedBy: asSet(statementsIn(Role?.AssumeRolePolicyDocument).flatMap(principalsOf)),
    /** The actions that its inline policies allow; an entry of a Deny statement begins with `deny `. */
    Actions: asSet(
      policies.flatMap(({ PolicyDocument }) => statementsIn(PolicyDocument)).flatMap(actionsOf),
    ),
    PermissionsBoundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    AttachedPolicies: asSet(AttachedPolicies.map(({ PolicyArn = '' }) => PolicyArn)),
  };
}

type OneOrMore<Item> = Item | readonly Item[];
type Statement = {
  readonly Effect: string;
  readonly Action?: OneOrMore<string>;
  readonly NotAction?: OneOrMore<string>;
  readonly Principal?: string | Readonly<Record<string, OneOrMore<string>>>;
};

/** IAM returns policy documents URL-encoded. Source: IAM API Reference, GetRolePolicy. */
function statementsIn(document = ''): readonly Statement[] {
  const { Statement } = JSON.parse(decodeURIComponent(document)) as {
    readonly Statement: OneOrMore<Statement>;
  };
  return list(Statement);
}

function actionsOf({ Effect, Action, NotAction }: Statement): readonly string[] {
  const actions = [...list(Action), ...list(NotAction).map((action) => `all but ${action}`)];
  return Effect === 'Allow' ? actions : actions.map((action) => `deny ${action}`);
}

function principalsOf({ Effect, Principal = {} }: Statement): readonly string[] {
  const principals =
    typeof Principal === 'string' ? [Principal] : Object.values(Principal).flatMap(list);
  return Effect === 'Allow' ? principals : principals.map((principal) => `deny ${principal}`);
}

const list = <Item>(items: OneOrMore<Item> | undefined = []): readonly Item[] =>
  [items].flat() as readonly Item[];
