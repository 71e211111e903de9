import { anythingBut } from './anything-but.ts';
import { cidr } from './cidr.ts';
import { invalidPattern } from './invalid-pattern.ts';
import { isObject, type JsonObject, type Test } from './json.ts';
import { numeric } from './numeric.ts';
import { soleField, textOf } from './operand.ts';
import {
  endsWith,
  equalsIgnoringCase,
  folded,
  startsWith,
  type TextTest,
  wildcard,
} from './text.ts';

/** The test for an expression such as `{prefix: 'a'}`. `absent` requires that the field does not exist. */
export function testOf(expression: JsonObject): Test | 'absent' {
  const [name, operand] = soleField(expression);
  const operator = isOperator(name) ? operators[name] : undefined;
  if (operator === undefined) throw invalidPattern(`Unrecognized match type ${name}`);
  return operator(operand);
}

export const isOperator = (name: string): boolean => Object.hasOwn(operators, name);

// `exactly` is not documented, but Event Ruler supports it.
const operators: Readonly<Record<string, (operand: unknown) => Test | 'absent'>> = {
  exactly: (operand) => isText(equals(textOf('exact', operand))),
  prefix: (operand) => isText(affix('prefix', startsWith, operand)),
  suffix: (operand) => isText(affix('suffix', endsWith, operand)),
  'equals-ignore-case': (operand) =>
    isText(equalsIgnoringCase(textOf('equals-ignore-case', operand))),
  wildcard: (operand) => isText(wildcard(textOf('wildcard', operand))),
  'anything-but': anythingBut,
  exists,
  numeric,
  cidr: (operand) => isText(cidr(textOf('cidr', operand))),
};

const isText =
  (test: TextTest): Test =>
  (value) =>
    typeof value === 'string' && test(value);

const equals =
  (text: string): TextTest =>
  (value) =>
    value === text;

function affix(name: string, test: (text: string) => TextTest, operand: unknown): TextTest {
  if (!isObject(operand)) return test(textOf(name, operand));
  const [modifier, text] = soleField(operand);
  if (modifier !== 'equals-ignore-case') {
    throw invalidPattern(`Unsupported ${name} pattern: ${modifier}`);
  }
  const ignoringCase = test(folded(textOf(modifier, text)));
  return (value) => ignoringCase(folded(value));
}

function exists(operand: unknown): Test | 'absent' {
  if (operand === false) return 'absent';
  if (operand === true) return () => true;
  throw invalidPattern('exists match pattern must be either true or false.');
}
