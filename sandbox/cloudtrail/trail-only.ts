import { AwsError, type Call } from '../service.ts';
import { isGiven } from './members.ts';

/** Refuses what is for event data stores: never with a trail (API reference), and the sandbox has none. */
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
        `${found}: the sandbox has no event data store.`,
      );
};
