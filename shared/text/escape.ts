/**
 * Text with every character escaped that a terminal, a log viewer or a chat would act on rather than show: control and
 * format characters (changes of writing direction among them), line separators, lone surrogates. JSON stays JSON.
 */
export const escapeControlChars = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character.split('').map(escapeUnit).join(''),
  );

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
