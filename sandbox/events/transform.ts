import type { Target } from '../world.ts';

/**
 * The input that a target receives instead of the event, as text. A variable whose path is missing in the event is
 * omitted. Source: EventBridge user guide, "Input transformation".
 */
export function inputFor({ Input, InputPath, InputTransformer }: Target, event: object): string {
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) return JSON.stringify(valueAt(event, InputPath) ?? null);
  if (InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = InputTransformer;
  const values = new Map(
    Object.entries(InputPathsMap).map(([name, path]) => [name, valueAt(event, path)]),
  );
  const filled = InputTemplate.replace(/<([A-Za-z0-9_-]+)>/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) return '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  // A template of quoted lines is text; any other template is JSON.
  const lines = filled.split('\n');
  return lines.every((line) => /^".*"$/.test(line))
    ? lines.map((line) => line.slice(1, -1)).join('\n')
    : filled;
}

/** The value in an event at a simple JSON path such as `$.detail.eventName`. */
function valueAt(event: object, path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce<unknown>(
      (value, member) =>
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[member]
          : undefined,
      event,
    );
}
