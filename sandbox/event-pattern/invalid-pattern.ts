import { AwsError } from '../service.ts';

// AWS words these after Event Ruler, and adds where in the text of the pattern the fault is.
export const invalidPattern = (reason: string): AwsError =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
