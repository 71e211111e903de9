import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { jsonSchemas } from '../../cli/json-answers.ts';

test('docs/schemas has the schema of the --json output of each command', () => {
  const published = readdirSync('docs/schemas').map((file) => [
    file,
    JSON.parse(readFileSync(`docs/schemas/${file}`, 'utf8')),
  ]);

  expect(Object.fromEntries(published)).toEqual(jsonSchemas());
});
