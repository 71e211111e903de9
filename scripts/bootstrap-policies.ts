import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrapPolicies } from '#deployment/bootstrap-policies.ts';

// Writes the bootstrap policies as JSON files: `npm run bootstrap-policies -- --partition aws-us-gov`.
const { partition, out } = parseArgs({
  options: {
    partition: { type: 'string', default: 'aws' },
    out: { type: 'string', default: 'cdk.out' },
  },
}).values;
mkdirSync(out, { recursive: true });
for (const [name, policy] of Object.entries(bootstrapPolicies(partition))) {
  const file = join(out, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(policy, null, 2)}\n`);
  console.log(file);
}
