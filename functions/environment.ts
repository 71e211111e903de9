import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { awsByRegion, cloudTrailReadsPerSecond, stateClient } from '#aws/clients.ts';
import { eventBus } from '#aws/event-bus.ts';
import { names } from '#aws/resource-names.ts';
import { rowsIn } from '#aws/state-table.ts';
import { baselineStore } from '#baseline/baseline-store.ts';
import { ownRolesOf, parseFunctionConfig } from '#deployment/function-config.ts';
import { trustOf } from '#deployment/signing-config.ts';
import { kinds } from '#drift/index.ts';
import type { ControllerDeps } from '#incident/controller-deps.ts';
import { tamperEventStore } from '#incident/tamper-event.ts';
import { statusStore } from '#incident/trail-status-store.ts';
import { windowStore } from '#reconcile/maintenance-window-store.ts';
import { readLagMs } from '#reconcile/read-back.ts';
import { heartbeatSender } from '#watchtower/send-heartbeat.ts';
import { facts } from './facts.ts';

/** What the functions share and remember between invocations. */
export function environment() {
  const config = parseFunctionConfig(process.env);
  const rows = rowsIn(stateClient(), config.table);
  const logger = new Logger({ serviceName: 'trailkeeper' });
  const trust = trustOf(facts.signing);
  // The functions verify signatures and never sign.
  const signing = { trust, signer: null };
  const baselines = baselineStore(rows, kinds, {
    ...signing,
    trails: facts.signing.trails,
  });
  const requests: string[] = [];
  // For tests only, like the lag of reads.
  const readsPerSecond = Number(
    process.env.TRAILKEEPER_READS_PER_SECOND ?? cloudTrailReadsPerSecond,
  );
  const bus = eventBus(names.bus);
  const controller: ControllerDeps = {
    kinds,
    awsOf: awsByRegion({
      onWrite: (requestId) => requests.push(requestId),
      readsPerSecond,
      dependencyAccounts: config.dependencyAccounts,
    }),
    readsPerSecond,
    mode: config.mode,
    organization: facts.organization,
    logger,
    statuses: statusStore({ rows, bus, logger }),
    windows: windowStore(rows, kinds, signing),
    rules: config.rules,
    requests,
    checks: new Map(),
    // For tests only; the self-check reports it if it is set on the deployed function.
    readLagMs: Number(process.env.TRAILKEEPER_READ_LAG_MS ?? readLagMs),
    sleep: (ms) => setTimeout(ms),
    now: () => new Date(),
    newId: randomUUID,
  };
  const region = process.env.AWS_REGION ?? '';
  return {
    ...{ config, region, rows, logger, trust, baselines, bus, controller },
    tamperings: tamperEventStore(rows),
    /** Null if there is no watchtower. */
    sendHeartbeat:
      config.watchtower === undefined
        ? null
        : heartbeatSender(rows, { account: config.watchtower, region }),
    /** The roles that make every call to a trail and to what it depends on: their calls are self-triggered events. */
    ownRoles: ownRolesOf(config),
  };
}

export type Environment = ReturnType<typeof environment>;
