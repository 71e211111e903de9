import { AwsError } from '../service.ts';

// The messages follow Event Ruler. AWS appends the position of the error in the pattern.
export const invalidPattern = (reason: string): AwsError =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
