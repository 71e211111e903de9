import { readFileSync } from 'node:fs';
import { synthesize } from '/work/wt/trust/sandbox/synth.ts';
import { deployTemplates } from '/work/wt/trust/sandbox/template.ts';
import { everything } from '/work/wt/trust/test/synthesized.ts';
const out = await synthesize(everything);
const [guard] = deployTemplates(out, {accountId:'111122223333',region:'eu-central-1'});
for (const r of guard!.resources) if (r.type==='AWS::Lambda::Function') { const v=r.properties.Environment.Variables; console.log(r.name, Buffer.byteLength(Object.entries(v).map(([k,x])=>k+x).join('')), Object.entries(v).map(([k,x]:any)=>k+':'+x.length).join(' ')); }
