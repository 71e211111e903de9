import { Logger } from '@aws-lambda-powertools/logger';
import { S3Client } from '@aws-sdk/client-s3';
import { configuredChannels } from '#alert/channels/load.ts';
import { roleCredentials } from '#aws/assume-role.ts';
import { awsByRegion, stateClient } from '#aws/clients.ts';
import { names, roleArn } from '#aws/resource-names.ts';
import { rowsIn } from '#aws/state-table.ts';
import { eventHistory } from '#backfill/event-history.ts';
import { baselineStore } from '#baseline/baseline-store.ts';
import { trustOf } from '#deployment/signing-config.ts';
import { kinds } from '#drift/index.ts';
import { logBucket } from '#log-files/log-bucket.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { reasonOf, type WatchedTrails } from '#watchtower/check-trails.ts';
import { rowsWithCopies } from '#watchtower/rows-with-copies.ts';
import { watchedKinds } from '#watchtower/watched-kinds.ts';
import type { WatchtowerFacts } from '#watchtower/watchtower-facts.ts';
import { factsInFile } from './facts.ts';

/** What the function of the watchtower works with, and remembers between invocations. */
export function watchtowerEnvironment() {
  const facts: WatchtowerFacts = factsInFile;
  const { account, topology } = facts;
  const role = roleArn(topology, names.watchtower);
  const credentials = roleCredentials(role, { account }, { remedy: '' });
  const rows = rowsIn(stateClient(), names.watchtower);
  const failures: string[] = [];
  const s3 = new S3Client({ followRegionRedirects: true });
  const state = rowsIn(stateClient(credentials), names.table);
  const signing = { trust: trustOf(facts.signing), signer: null };
  const watched = rowsWithCopies(rows, state, (error) => failures.push(reasonOf(error)));
  const watchedTrails: WatchedTrails = {
    kinds: watchedKinds,
    awsOf: awsByRegion({ credentials }),
    baselines: baselineStore(watched, kinds, { ...signing, trails: facts.signing.trails }),
    windows: windowStore(state, kinds, signing),
    history: eventHistory({ credentials }),
    restores: facts.restores,
    rules: facts.rules,
    now: () => new Date(),
    unreadable: () => failures.splice(0),
  };
  return {
    facts,
    watchedTrails,
    deployment: { topology, credentials },
    buckets: {
      logBuckets: facts.logBuckets,
      organization: facts.organization,
      open: (bucket: string) => logBucket(s3, bucket),
    },
    evidence: { s3, bucket: facts.evidence, watched: state },
    logger: new Logger({ serviceName: 'trailkeeper' }),
    rows,
    account,
    periodMs: facts.period * 60_000,
    remindMs: facts.remindEvery * 3_600_000,
    channels: configuredChannels(facts.channels),
  };
}
