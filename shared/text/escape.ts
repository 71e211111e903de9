/**
 * Escapes each character that a terminal, a log viewer or a chat interprets instead of showing: control and format characters
 * (including changes of writing direction), line separators, lone surrogates. JSON stays valid JSON.
 */
export const escapeControlChars = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character.split('').map(escapeUnit).join(''),
  );

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
