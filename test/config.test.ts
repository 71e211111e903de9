import { expect, test } from 'vitest';
import { ConfigError, parseDeployment, parseFunctionEnvironment } from '#shared/config.ts';

test.each([
  [undefined, 'trailkeeper: '],
  [{}, 'trailkeeper.mode: must be "observe"'],
  [{ mode: 'enforced' }, 'trailkeeper.mode: must be "observe"'],
  [{ mode: 'observe', homeRegions: ['Frankfurt'] }, 'trailkeeper.homeRegions.0: must be a Region'],
  [{ mode: 'observe', homeRegions: [] }, 'trailkeeper.homeRegions: must name a Region'],
  [{ mode: 'observe', sweepEvery: '90 seconds' }, 'trailkeeper.sweepEvery: must be a rate'],
  [{ mode: 'observe', sweepEvery: '1 minutes' }, 'trailkeeper.sweepEvery: must be a rate'],
  [{ mode: 'observe', sweepEvery: '2 hours' }, 'trailkeeper.sweepEvery: must be a rate'],
  [{ mode: 'observe', reservedConcurrency: 1 }, 'trailkeeper.reservedConcurrency: must be 2 or'],
  [{ mode: 'observe', reservedConcurrency: 2.5 }, 'trailkeeper.reservedConcurrency: must be a'],
  [{ mode: 'observe', slak: {} }, '"slak"'],
])('the deployment config %j is refused with the key', (context, message) => {
  const parsing = () => parseDeployment(context);

  expect(parsing).toThrow(ConfigError);
  expect(parsing).toThrow(message);
});

test('a deployment sweeps every minute unless it says otherwise', () => {
  expect(parseDeployment({ mode: 'enforce' }).sweepEvery).toBe('1 minute');
});

test.each([
  [{ TRAILKEEPER_TABLE: 'state' }, 'TRAILKEEPER_MODE: '],
  [{ TRAILKEEPER_MODE: 'enforce', TRAILKEEPER_ROLE: 'arn' }, 'TRAILKEEPER_TABLE: '],
  [{ TRAILKEEPER_MODE: 'enforce', TRAILKEEPER_TABLE: 'state' }, 'TRAILKEEPER_ROLE: '],
  [{ TRAILKEEPER_MODE: 'on', TRAILKEEPER_TABLE: 'state' }, 'TRAILKEEPER_MODE: must be "observe"'],
])('a function does not start with the environment %j', (environment, message) => {
  expect(() => parseFunctionEnvironment(environment)).toThrow(message);
});
