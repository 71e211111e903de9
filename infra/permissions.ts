import * as iam from 'aws-cdk-lib/aws-iam';
import type { DriftKind, PermissionScope } from '#drift/kind.ts';
import type { Mode } from '#reconcile/outcome.ts';

/** The statements that the kinds ask for. In observe mode none of them lets anything be written. */
export const statementsFor = (
  kinds: readonly DriftKind[],
  mode: Mode,
  scope: PermissionScope,
): iam.PolicyStatement[] =>
  kinds
    .flatMap(({ permissions: { observe, repair } }) =>
      mode === 'enforce' ? [...observe, ...repair] : observe,
    )
    .map(({ actions, resources, conditions = {} }) => ({
      actions: [...actions],
      resources: [...resources(scope)],
      conditions,
    }))
    .filter(({ resources }) => resources.length > 0)
    .map((statement) => new iam.PolicyStatement(statement));
