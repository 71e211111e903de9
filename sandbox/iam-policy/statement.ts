import { type Conditions, type Context, compileConditions, type OneOrMore } from './conditions.ts';
import { type Caller, compilePrincipal, type Grant } from './principal-element.ts';
import { arnWildcard, wildcard } from './wildcard.ts';

/** A caller's request for an action on a resource. */
export type Request = {
  readonly caller: Caller;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
};

export type Statement = {
  readonly effect: 'Allow' | 'Deny';
  /** How the statement grants or denies access, or null if it does not apply to the request. */
  readonly applies: (request: Request) => Grant | null;
};

/** The compiled statements of a policy document. Throws `TypeError` for an element that is not modeled. */
export function compilePolicy(policy: object): readonly Statement[] {
  const known = compiled.get(policy);
  if (known !== undefined) return known;
  const { Statement } = policy as { readonly Statement: Written | readonly Written[] };
  const statements = [Statement].flat().map((one) => compile(one as Written));
  compiled.set(policy, statements);
  return statements;
}

/** Documents are immutable here: changing a policy replaces the object. */
const compiled = new WeakMap<object, readonly Statement[]>();

type Written = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Condition?: Conditions;
};

function compile(statement: Written): Statement {
  if (statement.NotPrincipal !== undefined) {
    throw new TypeError('the sandbox does not model NotPrincipal');
  }
  if (JSON.stringify(statement).includes('${')) {
    throw new TypeError('the sandbox does not model policy variables');
  }
  const {
    Effect: effect,
    Principal,
    Action,
    NotAction,
    Resource,
    NotResource,
    Condition,
  } = statement;
  const named = Principal === undefined ? () => 'direct' as const : compilePrincipal(Principal);
  const isAction = either(Action, NotAction, (one) => wildcard(one, { ignoreCase: true }));
  const isResource = either(Resource, NotResource, arnWildcard);
  const holds = compileConditions(Condition ?? {});
  return {
    effect,
    applies: ({ caller, action, resource, context }) =>
      isAction(action) && isResource(resource) && holds(context) ? named(caller) : null,
  };
}

/** Whether a text matches the element, or does not match its negated form. */
function either(
  element: OneOrMore | undefined,
  opposite: OneOrMore | undefined,
  compare: (pattern: string) => (text: string) => boolean,
): (text: string) => boolean {
  const tests = [element ?? opposite ?? []].flat().map((one) => compare(String(one)));
  const matches = (text: string) => tests.some((test) => test(text));
  return element === undefined && opposite !== undefined ? (text) => !matches(text) : matches;
}
