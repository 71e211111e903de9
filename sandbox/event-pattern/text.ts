import { invalidPattern } from './invalid-pattern.ts';

export type TextTest = (value: string) => boolean;

export const startsWith =
  (text: string): TextTest =>
  (value) =>
    value.startsWith(text);

export const endsWith =
  (text: string): TextTest =>
  (value) =>
    value.endsWith(text);

export const equalsIgnoringCase =
  (text: string): TextTest =>
  (value) =>
    folded(value) === folded(text);

export const folded = (text: string): string => text.toLowerCase();

/** `*` matches any characters or none, `\*` matches an asterisk, and `\\` matches a backslash. */
export function wildcard(text: string): TextTest {
  const [start = '', ...parts] = literals(text);
  const end = parts.pop();
  if (end === undefined) return (value) => value === start;
  return (value) => {
    if (!value.startsWith(start)) return false;
    let from = start.length;
    for (const part of parts) {
      const found = value.indexOf(part, from);
      if (found === -1) return false;
      from = found + part.length;
    }
    return value.length - end.length >= from && value.endsWith(end);
  };
}

/** The literal parts between the asterisks. */
function literals(text: string): readonly string[] {
  const parts = [''];
  const tokens = text.match(/\\?./gs) ?? [];
  for (const [position, token] of tokens.entries()) {
    if (token === '*') {
      if (tokens[position + 1] === '*') throw invalidPattern('Consecutive wildcard characters');
      parts.push('');
    } else if (token === '\\*' || token === '\\\\') {
      parts.push(`${parts.pop()}${token[1]}`);
    } else if (token.startsWith('\\')) {
      throw invalidPattern('Invalid escape character');
    } else {
      parts.push(`${parts.pop()}${token}`);
    }
  }
  return parts;
}
