import { expect, test } from 'vitest';
import * as z from 'zod';
import { jsonText } from '#text/json-text.ts';
import { describeIssues, must, mustBeByKind } from '#text/schema-messages.ts';

const schema = z.object({ name: z.string(must('be text')), size: z.number(must('be a number')) });

const issuesOf = (shape: z.ZodType, value: unknown, root?: readonly string[]): string => {
  const { error } = shape.safeParse(value);
  if (error === undefined) throw new Error('the value is valid');
  return describeIssues(error, root);
};

test('all issues are on one line, each with its path', () => {
  expect(issuesOf(schema, { name: 1 })).toBe('name: must be text; size: is missing');
});

test('a field of the wrong type has no further issue', () => {
  const names = z.array(z.string(), must('be a list')).max(2, must('have at most 2'));

  expect(issuesOf(z.object({ names }), { names: 'abc' })).toBe('names: must be a list');
  expect(issuesOf(z.object({ names }), { names: [1, 2, 3] })).toContain('names: must have at most');
});

test('a path starts with the given root', () => {
  expect(issuesOf(schema, { name: '', size: '' }, ['states', 'tags'])).toBe(
    'states.tags.size: must be a number',
  );
});

test('an issue of the whole document names the document', () => {
  expect(issuesOf(z.string(must('be text')), 1)).toBe('document: must be text');
});

test('control characters of the input are escaped', () => {
  expect(issuesOf(z.strictObject({}), { 'a\u001b': 1 })).toContain('a\\u001b');
});

test('an unknown key is named, whatever the object must be', () => {
  const shape = z.strictObject({}, must('be an object without keys'));

  expect(issuesOf(shape, { mail: 1 })).toContain('"mail"');
  expect(issuesOf(shape, [])).toBe('document: must be an object without keys');
});

test('an object by kind is named as such, unless it is missing or has an unknown field', () => {
  const byKind = z.strictObject({ tags: z.string() }, mustBeByKind);

  expect(issuesOf(byKind, [])).toBe('document: must be an object, by kind');
  expect(issuesOf(byKind, undefined)).not.toContain('by kind');
  expect(issuesOf(byKind, { tags: '', more: '' })).not.toContain('by kind');
});

test('JSON text is decoded and checked', () => {
  expect(jsonText(schema).parse('{"name":"a","size":1}')).toEqual({ name: 'a', size: 1 });
  expect(issuesOf(jsonText(schema), '{"name":"a"}')).toBe('size: is missing');
});

test.each([
  ['{', 'document: the document is not JSON'],
  [1, 'document: must be text'],
])('%j is refused as JSON text', (value, message) => {
  expect(issuesOf(jsonText(schema), value)).toBe(message);
});
