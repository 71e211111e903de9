type Input = Readonly<Record<string, unknown>>;

/**
 * The operation and input of a call in the query protocol. Maps (`Attributes.entry.1.key`) are assembled; lists are
 * kept in their flat form. Source: Smithy, "AWS query protocol".
 */
export function queryInput(body: Buffer): { readonly operation: string; readonly input: Input } {
  const {
    Action: operation = '',
    Version: _,
    ...sent
  } = Object.fromEntries(new URLSearchParams(body.toString()));
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(sent)) {
    const { map, entry, part } = mapPart.exec(name)?.groups ?? {};
    if (map === undefined) input[name] = value;
    else if (part === 'key') {
      const inMap = input[map] as Input | undefined;
      input[map] = { ...inMap, [value]: sent[`${map}.entry.${entry}.value`] };
    }
  }
  return { operation, input };
}

const mapPart = /^(?<map>\w+)\.entry\.(?<entry>\d+)\.(?<part>key|value)$/;
