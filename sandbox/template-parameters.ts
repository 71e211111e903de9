import type { AccountRegion } from './account-region.ts';
import { partition } from './home.ts';
import type { Properties } from './stack.ts';

/**
 * Resolves parameters, pseudo parameters and conditions of a template. Only references to resources remain. Source:
 * CloudFormation User Guide, "Condition functions".
 */
export function withParameters(
  template: Properties,
  given: Readonly<Record<string, string>>,
  { accountId, region }: AccountRegion,
): Properties {
  const values: Record<string, unknown> = {
    'AWS::AccountId': accountId,
    'AWS::Region': region,
    'AWS::Partition': partition.name,
    'AWS::URLSuffix': partition.dnsSuffix,
  };
  for (const [name, { Type, Default }] of entries(template.Parameters)) {
    const text = given[name] ?? Default ?? '';
    const isList = Type === 'CommaDelimitedList';
    values[name] = isList ? String(text).split(',').filter(Boolean) : String(text);
  }
  const conditions = template.Conditions ?? {};

  function holds(condition: Properties): boolean {
    if (typeof condition === 'string') return holds(conditions[condition]);
    const [[name, argument]] = entries(condition) as [[string, Properties]];
    switch (name) {
      case 'Condition':
        return holds(argument);
      case 'Fn::Equals': {
        const [one, other] = argument.map(replace);
        return String(one) === String(other);
      }
      case 'Fn::Not':
        return !holds(argument[0]);
      case 'Fn::And':
        return argument.every(holds);
      case 'Fn::Or':
        return argument.some(holds);
      default:
        throw new Error(`the sandbox does not support the condition ${name}`);
    }
  }

  function replace(value: Properties): Properties {
    if (Array.isArray(value)) return value.map(replace).filter((one) => one !== noValue);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', null], ...others] = entries(value);
    if (others.length === 0) {
      if (name === 'Ref' && argument === 'AWS::NoValue') return noValue;
      if (name === 'Ref' && argument in values) return values[argument];
      if (name === 'Fn::If') return replace(argument[holds(argument[0]) ? 1 : 2]);
      if (name === 'Fn::Sub' && typeof argument === 'string') {
        const text = argument.replace(/\$\{([^}]+)\}/g, (whole, id) => String(values[id] ?? whole));
        return text.includes('${') ? { 'Fn::Sub': text } : text;
      }
      if (name === 'Fn::Split') {
        const [separator, text] = replace(argument);
        return text.split(separator);
      }
      if (name === 'Fn::Join') {
        const [separator, parts] = replace(argument);
        const isPlain = parts.every((part: unknown) => typeof part === 'string');
        return isPlain ? parts.join(separator) : { 'Fn::Join': [separator, parts] };
      }
    }
    return Object.fromEntries(
      entries(value)
        .map(([key, member]) => [key, replace(member)] as const)
        .filter(([, member]) => member !== noValue),
    );
  }

  const applies = ([, { Condition }]: readonly [string, Properties]) =>
    Condition === undefined || holds(Condition);
  const kept = (section: Properties) =>
    replace(Object.fromEntries(entries(section).filter(applies)));
  return { ...template, Resources: kept(template.Resources), Outputs: kept(template.Outputs) };
}

const noValue = Symbol('AWS::NoValue');

const entries = (value: Properties): [string, Properties][] => Object.entries(value ?? {});
