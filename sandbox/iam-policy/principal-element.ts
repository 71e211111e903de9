/** The caller: the ARN of a user, root user or role session, or a service principal. */
export type Caller = string;

/**
 * How a resource policy grants access. `account`: the policies in the caller's account decide. `role`: to the session's
 * role, limited by a permissions boundary. `direct`: to the caller itself.
 */
export type Grant = 'direct' | 'role' | 'account';

/** A test of callers against a Principal element. Source: IAM user guide, "AWS JSON policy elements: Principal". */
export function compilePrincipal(principal: unknown): (caller: Caller) => Grant | null {
  if (principal === '*') return () => 'direct';
  const { AWS, Service, ...others } = principal as Readonly<Record<string, string | string[]>>;
  const [unmodeled] = Object.keys(others);
  if (unmodeled !== undefined) {
    throw new TypeError(`the sandbox does not model principals of the kind ${unmodeled}`);
  }
  const services = [Service ?? []].flat();
  const arns = [AWS ?? []].flat();
  return (caller) => {
    if (services.includes(caller)) return 'direct';
    const grants = arns.map((arn) => grantTo(caller, arn));
    return grants.find((one) => one === 'direct') ?? grants.find((one) => one !== null) ?? null;
  };
}

function grantTo(caller: Caller, named: string): Grant | null {
  if (named === '*' || named === caller) return 'direct';
  const [account, role] = [caller.split(':')[4], roleOf(caller)];
  if (account === undefined) return null;
  if (named === account) return 'account';
  const [, partition] = caller.split(':');
  if (named === `arn:${partition}:iam::${account}:root`) return 'account';
  const [, path] = named.split(`arn:${partition}:iam::${account}:role/`);
  return role !== null && path?.split('/').at(-1) === role ? 'role' : null;
}

/** The role name of a session, which is unique in its account regardless of the path. */
function roleOf(caller: Caller): string | null {
  const [kind, role] = caller.split(':')[5]?.split('/') ?? [];
  return kind === 'assumed-role' && role !== undefined ? role : null;
}
