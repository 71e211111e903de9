/** The code without effects, by room. `ROOM=text npm run mutate` changes one room and runs the tests of that room. */
const rooms = {
  text: ['shared/text/**/*.ts'],
  trail: ['shared/trail/**/*.ts'],
  drift: ['shared/drift/*.ts'],
  'drift/selectors': ['shared/drift/selectors/*.ts'],
  'drift/dependencies': [
    'shared/drift/dependencies/*.ts',
    '!**/*-{calls,reads,writes,probe}.ts',
    '!**/bucket-identity.ts',
  ],
  gaps: ['shared/gaps/**/*.ts'],
  evidence: ['shared/evidence/*.ts'],
  'log-files': ['shared/log-files/{digest-chain,digest,log-folders,verify-log}.ts'],
  reconcile: ['shared/reconcile/**/*.ts', '!shared/**/*-store.ts'],
  backfill: ['shared/backfill/{job-state,last-cause,render-report,request}.ts'],
  baseline: [
    'shared/baseline/{baseline,policy,retirement}.ts',
    'shared/baseline/signing/{signature,version-chain}.ts',
  ],
  decisions: ['shared/decisions/{interaction,modals,slack-signature}.ts'],
  deployment: [
    'shared/deployment/{config,event-pattern,event-rules,function-config,tamper-patterns,topology}.ts',
  ],
  incident: ['shared/incident/lifecycle/*.ts', 'shared/incident/{attribution,finding-key}.ts'],
  alert: [
    'shared/alert/{approval-lines,drift-lines,incident-alert,links,notification-policy,state-wording,wording}.ts',
  ],
  prevention: ['shared/prevention/*.ts'],
  recovery: [
    'shared/recovery/{destination,ledger,log-file,manifest,pace,parts,permissions,plan,recovery,slots,task}.ts',
  ],
  watchtower: [
    'shared/watchtower/{active-alarms,heartbeat,heartbeat-alarms,heartbeat-log,trail-alarms}.ts',
  ],
};
const room = process.env.ROOM;

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  // TypeScript 7 has no API for Stryker.
  tsconfigFile: 'none',
  mutate: room === undefined ? Object.values(rooms).flat() : rooms[room],
  coverageAnalysis: 'perTest',
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false },
  concurrency: 2,
  // A mutant counts as killed if it times out: a busy machine must not kill any.
  timeoutMS: 60_000,
  ignorePatterns: ['cdk.out', 'reports'],
};
