import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says why something is as it is although a rule of cdk-nag's AwsSolutions forbids it, by the rule with its finding. */
export function justify(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [finding, reason] of Object.entries(reasons)) {
    cdk.Validations.of(construct).acknowledge({
      id: `AwsSolutions::AwsSolutions-${finding}`,
      reason,
    });
  }
}
