import type { PolicyStatement, World } from '../world.ts';

/** The function's resource policy as JSON, as returned by GetPolicy; null if there is none. */
export function functionPolicy(world: World, functionArn: string): string | null {
  const statements = world.functions.get(functionArn)?.policy ?? [];
  if (statements.length === 0) return null;
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
}

export type PermissionInput = {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
};

/** The statement that AddPermission creates. */
export function permissionStatement(functionArn: string, given: PermissionInput): PolicyStatement {
  const { StatementId, Action, Principal, SourceArn, SourceAccount } = given;
  const { FunctionUrlAuthType, InvokedViaFunctionUrl } = given;
  const condition = {
    ...(SourceArn && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    ...(SourceAccount && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
    ...(FunctionUrlAuthType && {
      StringEquals: { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType },
    }),
    ...(InvokedViaFunctionUrl && { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
  };
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: principalOf(Principal),
    Action,
    Resource: functionArn,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

const principalOf = (given: string): PolicyStatement['Principal'] => {
  if (given === '*') return '*';
  return /^\d{12}$|^arn:/.test(given) ? { AWS: given } : { Service: given };
};
