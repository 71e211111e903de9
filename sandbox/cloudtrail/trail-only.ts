import { AwsError, type Call } from '../service.ts';
import { isGiven } from './members.ts';

/**
 * Refuses fields for event data stores: they cannot be combined with a trail (API reference), and the sandbox has no
 * event data stores.
 */
export const checkTrailOnly = (input: Call['input'], foreign: readonly string[]): void => {
  const found = foreign.find((member) => isGiven(input[member]));
  if (found === undefined) return;
  throw isGiven(input.TrailName)
    ? new AwsError(
        'InvalidParameterCombinationException',
        `${found} is for event data stores and cannot be used with TrailName.`,
      )
    : new AwsError(
        'UnsupportedOperationException',
        `${found}: the sandbox does not model event data stores.`,
      );
};
