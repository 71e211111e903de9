import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Suppresses findings of cdk-nag's AwsSolutions rules, each with the reason. */
export function justify(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [finding, reason] of Object.entries(reasons)) {
    // A static template, which cdk-nag does not check, does not know its account.
    if (cdk.Token.isUnresolved(finding)) continue;
    cdk.Validations.of(construct).acknowledge({
      id: `AwsSolutions::AwsSolutions-${finding}`,
      reason,
    });
  }
}

/** The same reason for every resource that contains a wildcard. */
export const wildcardReasons = (
  resources: readonly string[],
  reason: string,
): Record<string, string> =>
  Object.fromEntries(
    resources
      .filter((resource) => resource.includes('*'))
      .map((resource) => [`IAM5[Resource::${resource}]`, reason]),
  );
