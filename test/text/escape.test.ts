import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeControlChars } from '#text/escape.ts';

test.each([
  ['an escape sequence', '\u001b[31m', '\\u001b[31m'],
  ['a change of text direction', 'a\u202eb', 'a\\u202eb'],
  ['a line separator', '\u2028\u2029', '\\u2028\\u2029'],
  ['a format character beyond the BMP', '\u{e0001}', '\\udb40\\udc01'],
  ['a private-use character', '\ue000', '\\ue000'],
  ['a lone surrogate', '\ud800', '\\ud800'],
  ['a NUL', '\0', '\\u0000'],
])('escapes %s', (_, text, escaped) => {
  expect(escapeControlChars(text)).toBe(escaped);
});

test('keeps printable text', () => {
  expect(escapeControlChars('Zoë ☂ "x" \\')).toBe('Zoë ☂ "x" \\');
});

test('keeps the value of JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeControlChars(JSON.stringify({ text }));

      expect(JSON.parse(escaped)).toEqual({ text });
      expect(escapeControlChars(escaped)).toBe(escaped);
    }),
  );
});
