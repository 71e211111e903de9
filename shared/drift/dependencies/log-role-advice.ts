import type { Json } from '#text/diff.ts';
import { type InlinePolicy, type LogRole, listed } from './log-role-state.ts';
import { type PolicyStatement, statementsIn } from './policy-document.ts';

/** What the inline policies of the role allow beside writing to log groups: someone who gets to assume it may do that, too. */
export function logRoleAdvice({ InlinePolicies }: LogRole): readonly string[] {
  const wide = listed<InlinePolicy>(InlinePolicies)
    .filter(({ PolicyDocument }) => statementsIn(PolicyDocument).some(allowsMore))
    .map(({ PolicyName }) => PolicyName);
  if (wide.length === 0) return [];
  return [
    `the role that writes to CloudWatch Logs is allowed more than that by its policies ${wide.join(', ')}: let them allow only logs:CreateLogStream and logs:PutLogEvents`,
  ];
}

const needed = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((one) => one.toLowerCase());

const allowsMore = ({ Effect, Action, NotAction }: PolicyStatement): boolean =>
  Effect === 'Allow' &&
  (NotAction !== undefined || texts(Action).some((one) => !needed.includes(one.toLowerCase())));

const texts = (value: Json | undefined): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map(String);
