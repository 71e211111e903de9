import jsonata from 'jsonata';
import { StateError } from './state-error.ts';

/** What expressions can refer to: `$states`, and variables by name. */
export type Bindings = Readonly<Record<string, unknown>>;

/**
 * A field of a state with its expressions evaluated. A string `{% … %}` is an expression, in objects and lists, too. Source: "Transforming
 * data with JSONata in Step Functions".
 */
export async function evaluate(template: unknown, bindings: Bindings): Promise<unknown> {
  if (typeof template === 'string') {
    const [, expression] = /^\{%(.*)%\}$/s.exec(template) ?? [];
    return expression === undefined ? template : evaluateExpression(expression, bindings);
  }
  if (Array.isArray(template)) {
    return Promise.all(template.map((item) => evaluate(item, bindings)));
  }
  if (typeof template !== 'object' || template === null) return template;
  const members = Object.entries(template).map(
    async ([name, member]) => [name, await evaluate(member, bindings)] as const,
  );
  return Object.fromEntries(await Promise.all(members));
}

async function evaluateExpression(text: string, bindings: Bindings): Promise<unknown> {
  let result: unknown;
  try {
    const expression = jsonata(text);
    expression.registerFunction('parse', (json: string) => JSON.parse(json), '<s:j>');
    result = await expression.evaluate(undefined, bindings);
  } catch (error) {
    const { message } = Object(error);
    throw new StateError('States.QueryEvaluationError', `The expression '${text}': ${message}`);
  }
  if (result === undefined) {
    const nothing = `The JSONata expression '${text}' returned nothing (undefined).`;
    throw new StateError('States.QueryEvaluationError', nothing);
  }
  // Lists in results are JSONata's own, which have more members.
  return JSON.parse(JSON.stringify(result));
}
