/**
 * Text as Slack takes it outside of blocks, where it looks for mentions and links in angle brackets.
 * Source: Slack, "Formatting message text", "Escaping text".
 */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
