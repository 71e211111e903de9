import { isLeaf, isObject, type Leaf } from './json.ts';
import type { Rule } from './rules.ts';

/** The values in an event by dotted path: the leaves of its objects and lists. */
export type Fields = ReadonlyMap<string, readonly Field[]>;

type Field = { readonly value: Leaf; readonly elements: Elements };

/** For each enclosing list, the index of the element. */
type Elements = ReadonlyMap<symbol, number>;

export function fieldsOf(event: object): Fields {
  const fields = new Map<string, Field[]>();
  for (const [name, value] of Object.entries(event)) collect(value, [name], new Map());
  return fields;

  function collect(value: unknown, path: readonly string[], elements: Elements): void {
    if (Array.isArray(value)) {
      const list = Symbol();
      for (const [index, element] of value.entries()) {
        collect(element, path, isLeaf(element) ? elements : new Map([...elements, [list, index]]));
      }
    } else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) collect(inner, [...path, name], elements);
    } else if (isLeaf(value)) {
      const name = path.join('.');
      const found = fields.get(name);
      if (found === undefined) fields.set(name, [{ value, elements }]);
      else found.push({ value, elements });
    }
  }
}

/** Whether the fields meet all requirements with at most one element of each list. */
export function satisfies(fields: Fields, rule: Rule): boolean {
  // A field that must be absent is checked in the element that earlier fields selected. AWS orders the fields by name.
  const requirements = [...rule].sort(([one], [other]) => (one < other ? -1 : 1));
  return fromPath(0, new Map());

  function fromPath(index: number, elements: Elements): boolean {
    const requirement = requirements[index];
    if (requirement === undefined) return true;
    const [path, { tests, mayBeAbsent }] = requirement;
    const reachable = (fields.get(path) ?? []).filter((field) => agree(elements, field.elements));
    if (reachable.length === 0) return mayBeAbsent && fromPath(index + 1, elements);
    const met = reachable.filter(({ value }) => tests.some((test) => test(value)));
    const places = new Set(met.map((field) => field.elements));
    return [...places].some((place) => fromPath(index + 1, new Map([...elements, ...place])));
  }
}

/** Whether both select the same element of each list. */
function agree(some: Elements, others: Elements): boolean {
  return [...others].every(([list, index]) => (some.get(list) ?? index) === index);
}
