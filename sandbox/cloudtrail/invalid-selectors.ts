import { AwsError } from '../service.ts';

/** The name of every refusal of selectors that are not valid. */
export const invalid = 'InvalidEventSelectorsException';

export const invalidSelectors = (message: string): AwsError => new AwsError(invalid, message);

// The words are AWS's, as reported in hashicorp/terraform-provider-aws#6628.
export const noSelectors = (): AwsError =>
  invalidSelectors('Specify a valid number of selectors (1 to 5) for your trail.');
