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
};

/** The statement that AddPermission creates. */
export function permissionStatement(functionArn: string, given: PermissionInput): PolicyStatement {
  const { StatementId, Action, Principal, SourceArn, SourceAccount } = given;
  const condition = {
    ...(SourceArn && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    ...(SourceAccount && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
  };
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: /^\d{12}$|^arn:/.test(Principal) ? { AWS: Principal } : { Service: Principal },
    Action,
    Resource: functionArn,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}
