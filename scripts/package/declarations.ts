import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { deploymentSchema } from '#deployment/config.ts';

/** The type declarations of the package: the props are generated from the schema, their documentation from docs/configuration.md. */
export function declarations(): string {
  const schema = z.toJSONSchema(deploymentSchema, { io: 'input', unrepresentable: 'any' });
  return `import type { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** The configuration of trailkeeper, with the keys of the context \`trailkeeper\` of cdk.json. */
export interface TrailkeeperProps ${typeOf(schema as Schema, documentation(), '', '')}

/** trailkeeper in a CDK app or stage: its stacks in every account and Region that the configuration needs. */
export declare class Trailkeeper extends Construct {
  /** The stack with the functions, the state table and the bus. */
  readonly main: Stack;
  /** The stacks that forward events from other accounts and Regions. */
  readonly forwarders: readonly Stack[];
  /** Throws {@link ConfigError}. */
  constructor(scope: Construct, id: string, props: TrailkeeperProps);
}

/** Thrown for an invalid configuration; the message names each field and says what it must be. */
export declare class ConfigError extends Error {
  readonly name: 'ConfigError';
}
`;
}

type Schema = {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | false;
};

/** The TypeScript type of a value. `path` is the key of the value in the configuration, with a point at its end. */
function typeOf(
  schema: Schema,
  docs: ReadonlyMap<string, string>,
  path: string,
  indent: string,
): string {
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ');
  if (schema.type === 'array') {
    return `readonly ${typeOf(schema.items ?? {}, docs, path, indent)}[]`;
  }
  if (schema.additionalProperties) {
    return `Readonly<Record<string, ${typeOf(schema.additionalProperties, docs, path, indent)}>>`;
  }
  if (schema.type !== 'object') return primitives[schema.type ?? ''] ?? 'string';
  const inner = `${indent}  `;
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) => {
    const key = `${path}${name}`;
    const words = [
      docs.get(key),
      member.default !== undefined && `@default ${JSON.stringify(member.default)}`,
    ].filter(Boolean);
    const comment = words.length > 0 ? [`${inner}/** ${words.join(' ')} */`] : [];
    const isRequired = schema.required?.includes(name);
    const type = typeOf(member, docs, `${key}.`, inner);
    return [...comment, `${inner}readonly ${name}${isRequired ? '' : '?'}: ${type};`].join('\n');
  });
  return `{\n${members.join('\n')}\n${indent}}`;
}

const primitives: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  integer: 'number',
  number: 'number',
};

/** The description of each key, from the table in docs/configuration.md. */
function documentation(): ReadonlyMap<string, string> {
  const rows = readFileSync('docs/configuration.md', 'utf8').matchAll(/^\| (`.+?) \| (.+?) \|/gm);
  return new Map(
    [...rows].flatMap(([, keys = '', words = '']) =>
      [...keys.matchAll(/`([\w.]+)`/g)].map(([, key = '']) => [key, sentence(words)] as const),
    ),
  );
}

function sentence(markdown: string): string {
  const text = markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('*/', '*\\/');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
