import { mkdirSync, writeFileSync } from 'node:fs';
import { jsonSchemas } from '../cli/json-answers.ts';

mkdirSync('docs/schemas', { recursive: true });
for (const [file, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(`docs/schemas/${file}`, `${JSON.stringify(schema, null, 2)}\n`);
}
