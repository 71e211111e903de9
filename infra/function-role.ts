import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import { incidentKeys } from '#aws/state-table-keys.ts';

export type FunctionRoleProps = {
  readonly roleName: string;
  readonly description: string;
  /** Who assumes it: Lambda by default. */
  readonly service?: string;
  /** One that names no resource is left out. */
  readonly statements: readonly iam.PolicyStatement[];
};

export function functionRole(
  stack: cdk.Stack,
  id: string,
  { statements, service = 'lambda', ...props }: FunctionRoleProps,
): iam.Role {
  const assumedBy = new iam.ServicePrincipal(`${service}.amazonaws.com`);
  const role = new iam.Role(stack, id, { ...props, assumedBy });
  for (const statement of statements) {
    if (statement.resources.length > 0) role.addToPolicy(statement);
  }
  return role;
}

export const allow = (
  actions: readonly string[],
  resources: readonly string[],
  conditions: iam.PolicyStatementProps['conditions'] = {},
): iam.PolicyStatement =>
  new iam.PolicyStatement({ actions: [...actions], resources: [...resources], conditions });

/** Functions write incidents, and never a baseline. */
export const putIncidents = (table: dynamodb.Table): iam.PolicyStatement =>
  allow(['dynamodb:PutItem'], [table.tableArn], incidentRows);

/** A condition that only rows with these prefixes fulfil. */
export const rows = (prefixes: readonly string[]) => ({
  'ForAllValues:StringLike': {
    'dynamodb:LeadingKeys': prefixes.map((prefix) => `${prefix}*`),
  },
});

/** A condition that only rows of incidents fulfil. */
export const incidentRows = rows([incidentKeys]);
