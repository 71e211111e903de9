import { expect, inject, test } from 'vitest';
import { type Properties, stacksIn } from './app.ts';

const { observe, enforce, everything } = inject('cdkOut');
const documents = [observe, enforce, everything]
  .flatMap((cdkOut) => stacksIn(cdkOut))
  .flatMap(({ name, template }) =>
    Object.entries<Properties>(template.toJSON().Resources).flatMap(([id, { Properties }]) =>
      [Properties?.PolicyDocument, Properties?.KeyPolicy, Properties?.Statement]
        .filter((document) => document !== undefined)
        .map((document) => ({ id: `${name} ${id}`, statements: document.Statement ?? [document] })),
    ),
  );

test('no resource policy names a role or a user as principal', () => {
  const named = documents.flatMap(({ id, statements }) =>
    statements
      .flatMap(({ Principal }: Properties) => [Principal?.AWS ?? []].flat())
      .filter((principal: unknown) => /:(role|user)\//.test(JSON.stringify(principal)))
      .map((principal: unknown) => `${id}: ${JSON.stringify(principal)}`),
  );

  expect(documents.length).toBeGreaterThan(5);
  expect(named).toEqual([]);
});
