type Input = Readonly<Record<string, unknown>>;

/**
 * The operation and input of a call in the query protocol, in which lists and maps are flat: `Tags.member.1.Key` and
 * `Attributes.entry.1.key`. Source: Smithy, "AWS query protocol".
 */
export function queryInput(body: Buffer): { readonly operation: string; readonly input: Input } {
  const {
    Action: operation = '',
    Version: _,
    ...sent
  } = Object.fromEntries(new URLSearchParams(body.toString()));
  return { operation, input: assembled(treeOf(Object.entries(sent))) as Input };
}

type Tree = { [name: string]: Tree | string };

/** The values by the parts of their names. */
function treeOf(values: readonly (readonly [name: string, value: string])[]): Tree {
  const root: Tree = {};
  for (const [name, value] of values) {
    const parts = name.split('.');
    const last = parts.pop() ?? '';
    let at = root;
    for (const part of parts) {
      const known = at[part];
      const next: Tree = typeof known === 'object' ? known : {};
      at[part] = next;
      at = next;
    }
    at[last] = value;
  }
  return root;
}

function assembled(node: Tree | string): unknown {
  if (typeof node === 'string') return node;
  const { member, entry } = node;
  if (typeof member === 'object') return inOrder(member).map(assembled);
  if (typeof entry === 'object') {
    return Object.fromEntries(
      inOrder(entry).map((one) => {
        const { key, Name = key, value, Value = value } = one as Tree;
        return [Name, assembled(Value ?? '')];
      }),
    );
  }
  return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, assembled(child)]));
}

const inOrder = (items: Tree): readonly (Tree | string)[] =>
  Object.entries(items)
    .toSorted(([one], [other]) => Number(one) - Number(other))
    .map(([, item]) => item);
