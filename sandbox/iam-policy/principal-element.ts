/** Who makes a request: an ARN of a user, root user or session of a role, or the principal of a service. */
export type Caller = string;

/**
 * How a resource policy names a caller. `account`: it leaves the decision to the policies in the caller's account. `role`: as the
 * role of the session, which a permissions boundary still limits. `direct`: as the caller itself.
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

/** The name of a session's role, which is unique in its account whatever its path. */
function roleOf(caller: Caller): string | null {
  const [kind, role] = caller.split(':')[5]?.split('/') ?? [];
  return kind === 'assumed-role' && role !== undefined ? role : null;
}
