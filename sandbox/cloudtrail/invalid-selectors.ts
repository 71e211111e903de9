import { AwsError } from '../service.ts';

/** The error name for all invalid selectors. */
export const invalid = 'InvalidEventSelectorsException';

export const invalidSelectors = (message: string): AwsError => new AwsError(invalid, message);

// Message: AWS's, as reported in hashicorp/terraform-provider-aws#6628.
export const noSelectors = (): AwsError =>
  invalidSelectors('Specify a valid number of selectors (1 to 5) for your trail.');
