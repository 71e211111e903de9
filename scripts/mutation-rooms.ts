/** The code without effects, by room. `ROOM=text npm run mutate` changes one room and runs its tests. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  text: ['shared/text/**/*.ts'],
  trail: ['shared/trail/**/*.ts'],
  drift: ['shared/drift/*.ts'],
  'drift/selectors': ['shared/drift/selectors/*.ts'],
  'drift/alarms': dependencies('alarm*'),
  'drift/bucket': dependencies('bucket*'),
  'drift/key': dependencies('key*'),
  'drift/log-group': dependencies('log-group*'),
  'drift/log-role': dependencies('log-role*'),
  'drift/policies': dependencies(
    '{deleted-principals,dependency*,policy-*,public-statements,statement-*}',
  ),
  'drift/topic': dependencies('topic*'),
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

function dependencies(files: string): readonly string[] {
  return [
    `shared/drift/dependencies/${files}.ts`,
    '!shared/drift/dependencies/{*-{calls,reads,writes,probe},bucket-identity}.ts',
  ];
}

const ofDependencies = '{dependencies,dependency-kinds,kinds}';

/** The tests of the rooms that share the folder `test/drift/`. */
const inDrift: Readonly<Record<string, readonly string[]>> = {
  drift: [
    '{aggregation,delivery,event-*,history-models,impact,incomplete-answers,insight-*,kinds}',
    '{logging,observe,organization,reported,settings*,tags}',
    '../gaps/{call-order,gap,history-edge-cases,logging-interruption,recoverability,render-gap}',
  ],
  'drift/selectors': ['selectors/*', 'event-selectors*'],
  'drift/alarms': ['alarm*', ofDependencies],
  'drift/bucket': ['{bucket*,policy-*,public-statements}', ofDependencies],
  'drift/key': ['key*', ofDependencies],
  'drift/log-group': ['log-group*', ofDependencies],
  'drift/log-role': ['log-role*', ofDependencies],
  'drift/policies': [
    '{*-{history,impact,loss,policy},policy-*,deleted-principals,policies,public-statements}',
    '{key,topic,unread-policies}',
    ofDependencies,
  ],
  'drift/topic': ['{topic*,key-and-topic-history}', ofDependencies],
};

/** The tests of a room. */
export const testsOf = (room: string): readonly string[] =>
  inDrift[room]?.map((name) => `test/drift/${name}.test.ts`) ?? [`test/${room}/**/*.test.ts`];
