/** That AWS asks new addresses to confirm; nothing without addresses. */
export const confirmationLines = (emails: readonly string[]): readonly string[] =>
  emails.length === 0
    ? []
    : [
        `AWS sends a message to each new address of ${emails.join(', ')}: until it is confirmed there, the address receives nothing.`,
      ];
