import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { expect } from 'vitest';
import { synthesize } from '#sandbox/synth.ts';
import { least } from '../support/synthesized.ts';

/** A stack of a synthesized app. */
export type Stack = {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly terminationProtection: boolean;
  /** The IDs of the stacks that are deployed before it. */
  readonly dependencies: readonly string[];
  readonly template: Template;
};

// biome-ignore lint/suspicious/noExplicitAny: a template holds resources of any shape
export type Properties = any;

/** The main stack and the forwarders of a synthesized app. */
export function stacksIn(cdkOut: string): readonly [main: Stack, ...forwarders: Stack[]] {
  const [main, ...forwarders] = allStacksIn(cdkOut)
    .filter(({ name }) => ![recoveryStack, accessStack].includes(name))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  if (main?.name !== 'Trailkeeper') throw new Error('the app has no main stack');
  return [main, ...forwarders];
}

/** The stack of a synthesized app that recovers events. */
export const recoveryStackIn = (cdkOut: string): Stack | undefined =>
  allStacksIn(cdkOut).find(({ name }) => name === recoveryStack);

const recoveryStack = 'Trailkeeper-Recovery';
const accessStack = 'Trailkeeper-WatchtowerAccess';

/** Every stack of a synthesized app. */
export function allStacksIn(cdkOut: string): readonly Stack[] {
  const { artifacts } = read(cdkOut, 'manifest.json');
  return Object.entries<Properties>(artifacts)
    .filter(([, { type }]) => type === 'aws:cloudformation:stack')
    .map(([id, { environment, properties, dependencies = [] }]): Stack => {
      const [, account = '', region = ''] = /^aws:\/\/(\d+)\/(.+)$/.exec(environment) ?? [];
      return {
        name: properties.stackName ?? id,
        account,
        region,
        terminationProtection: properties.terminationProtection === true,
        dependencies,
        template: Template.fromJSON(read(cdkOut, properties.templateFile)),
      };
    });
}

export const mainTemplateIn = (cdkOut: string): Template => stacksIn(cdkOut)[0].template;

/** The properties of each resource of a type. */
export const propertiesOf = (template: Template, type: string): readonly Properties[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);

/** The ID of the only resource of a type whose ID has this prefix. */
export function idOf(template: Template, type: string, prefix = ''): string {
  const ids = Object.keys(template.findResources(type)).filter((id) => id.startsWith(prefix));
  const [id] = ids;
  if (id === undefined || ids.length > 1) throw new Error(`${type} ${prefix}: ${ids}`);
  return id;
}

/** The reference to the ARN of the only resource of a type whose ID has this prefix. */
export const arnOf = (template: Template, type: string, prefix = ''): object => ({
  'Fn::GetAtt': [idOf(template, type, prefix), 'Arn'],
});

export type Statement = {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
  readonly Principal?: Properties;
  readonly Condition?: Properties;
};

/** The statements of a role's policies, with every value as a list. */
export const statementsOf = (template: Template, role: string): readonly Statement[] =>
  policiesIn(template)
    .filter(({ roles }) => roles.some((id) => id.startsWith(role)))
    .flatMap(({ document }) => document.Statement.map(asLists));

type RolePolicy = { readonly roles: readonly string[]; readonly document: Properties };

/** The policies of the roles of a template, inside the roles or beside them. */
export const policiesIn = (template: Template): readonly RolePolicy[] => [
  ...Object.entries(template.findResources('AWS::IAM::Role')).flatMap(
    ([
      id,
      {
        Properties: { Policies = [] },
      },
    ]) =>
      Policies.map(({ PolicyDocument }: Properties) => ({
        roles: [id],
        document: PolicyDocument,
      })),
  ),
  ...propertiesOf(template, 'AWS::IAM::Policy').map(({ Roles, PolicyDocument }) => ({
    roles: Roles.map(({ Ref }: Properties) => Ref),
    document: PolicyDocument,
  })),
];

export const asLists = (statement: Properties): Statement => ({
  ...statement,
  Action: [statement.Action].flat(),
  Resource: [statement.Resource].flat(),
});

/** A synthesized app, with the least that has to be configured and what is given. */
export const synthesized = (config: object): Promise<string> => synthesize({ ...least, ...config });

export const read = (cdkOut: string, file: string): Properties =>
  JSON.parse(readFileSync(join(cdkOut, file), 'utf8'));

/** Fails if cdk-nag has a finding without a reason. */
export function expectNagSilent(cdkOut: string): void {
  const [checks] = read(cdkOut, 'validation-report.json').pluginReports;
  expect(checks).toMatchObject({ pluginName: 'AwsSolutions', conclusion: 'success' });
  expect(checks.violations).toEqual([]);
  expect(checks.suppressedViolations.length).toBeGreaterThan(0);
  for (const { reason } of checks.suppressedViolations) expect(reason).toMatch(/\w+ .+ \w+/);
}
