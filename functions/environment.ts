import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { baselineStore } from '#aws/baseline-store.ts';
import { bucketLossStore } from '#aws/bucket-loss-store.ts';
import { awsByRegion, stateClient } from '#aws/clients.ts';
import { gateStore } from '#aws/gate-store.ts';
import { holdStore } from '#aws/hold-store.ts';
import { incidentStore, tamperingStore } from '#aws/incident-store.ts';
import { ownBus } from '#aws/tell.ts';
import { watermarkStore } from '#aws/watermark-store.ts';
import { names } from '#core/layout.ts';
import { readLagMs } from '#core/read-back.ts';
import { kinds } from '#drift/index.ts';
import { parseFunctionEnvironment, trustOf } from '#shared/config.ts';
import type { Guard } from '#shared/guard.ts';
import type { TableGuard } from '#shared/table-check.ts';
import { facts } from './facts.ts';

/** What the functions share: made once a process, from what the stack sets. */
export const config = parseFunctionEnvironment(process.env, facts.signing);
export const state = stateClient();

export const logger = new Logger({ serviceName: 'trailkeeper' });
/** The role that makes every call of trailkeeper: an event about such a call is our own echo. */
export const ownRole = config.role;
/** Functions believe those who sign, and sign nothing. */
export const trust = trustOf(config.signing);
const signing = { trust, signer: null };
export const baselines = baselineStore(state, config.table, kinds, {
  ...signing,
  trails: config.signing.trails,
});
const requests: string[] = [];
export const bus = ownBus(names.bus);
export const guard: Guard = {
  kinds,
  awsOf: awsByRegion((requestId) => requests.push(requestId)),
  mode: config.mode,
  logger,
  incidents: incidentStore(state, config.table, bus, logger),
  holds: holdStore(state, config.table, kinds, signing),
  watermarks: watermarkStore(state, config.table),
  gates: gateStore(state, config.table),
  bucketLosses: bucketLossStore(state, config.table),
  rules: config.rules,
  requests,
  // For tests alone; whoever sets it on the deployed function is told by the watch.
  readLagMs: Number(process.env.TRAILKEEPER_READ_LAG_MS ?? readLagMs),
  sleep: (ms) => setTimeout(ms),
  now: () => new Date(),
  newId: randomUUID,
};
export const tamperings = tamperingStore(state, config.table);
/** Who looks after what the table itself says. */
export const tableGuard: TableGuard = {
  baselines,
  holds: guard.holds,
  tamperings,
  bus,
  logger,
  now: guard.now,
};
