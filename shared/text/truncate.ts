/** The first lines that fit into `length` characters, each whole. The last line says how many are left out. */
export function truncateLines(lines: readonly string[], characters: number): readonly string[] {
  const ending = (left: number) => `… and ${left} more ${left === 1 ? 'line' : 'lines'}`;
  const sizeOf = (some: readonly string[]) => some.reduce((sum, line) => sum + line.length + 1, 0);
  if (sizeOf(lines) <= characters) return lines;
  const room = characters - ending(lines.length).length - 1;
  let size = 0;
  const kept = lines.findIndex((line) => {
    size += line.length + 1;
    return size > room;
  });
  return [...lines.slice(0, kept), ending(lines.length - kept)];
}
