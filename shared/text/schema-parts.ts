import * as z from 'zod';

/** Parts of the schemas of JSON that other programs read. */
export const text = z.string();
export const texts = z.array(text);
export const time = z.iso.datetime();
export const count = z.int().min(0);

/** Text that the type knows more about than the published schema says. */
export const textOf = <Text extends string>() => text as unknown as z.ZodType<Text>;

/** A value that JSON can hold; canonical states are made of these. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export const json = z
  .unknown()
  .describe('A value in its canonical form; null means that it is absent.') as z.ZodType<Json>;

/** The type of a schema, read-only at every depth. */
export type Of<Shape extends z.ZodType> = ReadonlyDeep<z.infer<Shape>>;

/** A value that can be any JSON is so already. */
export type ReadonlyDeep<Value> = [Json] extends [Value]
  ? Value
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }
    : Value;
