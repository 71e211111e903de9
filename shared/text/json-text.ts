import * as z from 'zod';
import { must } from './schema-messages.ts';

/** JSON text that decodes to a schema. Zod documents this codec ("Codecs", `json`) and does not ship it. */
export const jsonText = <Shape extends z.ZodType>(shape: Shape) =>
  z
    .string(must('be text'))
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('the document is not JSON');
        return z.NEVER;
      }
    })
    .pipe(shape);

/** The value of JSON text; of other text, the text itself. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
