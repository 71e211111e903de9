import * as z from 'zod';

/** Parts of the schemas of JSON that other programs read. */
export const text = z.string();
export const texts = z.array(text);
export const time = z.iso.datetime();
export const count = z.int().min(0);

/** Text that the type knows more about than the published schema says. */
export const textOf = <Text extends string>() => text as unknown as z.ZodType<Text>;

/** The type of a schema, read-only at every depth. */
export type Of<Shape extends z.ZodType> = ReadonlyDeep<z.infer<Shape>>;

export type ReadonlyDeep<Value> = Value extends object
  ? { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }
  : Value;
