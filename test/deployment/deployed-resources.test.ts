import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DeployedResources,
  type DeployedSettings,
  diffDeployment,
  expectedResources,
} from '#deployment/deployed-resources.ts';
import { accountRegionsOf, type Topology } from '#deployment/topology.ts';
import { kinds } from '#drift/index.ts';
import type { Json } from '#text/diff.ts';

const hints = kinds.flatMap((kind) => kind.triggers);
const environment = { TRAILKEEPER_MODE: 'enforce', TRAILKEEPER_TABLE: 'state' };
const environments = {
  sweep: environment,
  remediate: environment,
  alert: { ...environment, TRAILKEEPER_ALERTS: '{}' },
  selfCheck: { ...environment, TRAILKEEPER_DEPLOYED: '{}' },
  backfill: { ...environment, TRAILKEEPER_LOOKUPS_PER_SECOND: '1' },
  audit: environment,
};
const regions = ['us-east-1', 'eu-central-1', 'eu-west-1', 'ap-south-1'];

const layouts: fc.Arbitrary<Topology> = fc.record({
  account: fc.constant('111122223333'),
  region: fc.constantFrom(...regions),
  homeRegions: fc.uniqueArray(fc.constantFrom(...regions), { minLength: 1 }),
  delegatedAdministrators: fc.uniqueArray(fc.constantFrom('222233334444', '333344445555')),
});

const settings: fc.Arbitrary<DeployedSettings> = fc.record({
  sweepEvery: fc.constantFrom('1 minute', '5 minutes', '1 hour'),
  lookupsPerSecond: fc.constantFrom(1, 2),
  reservedConcurrency: fc.option(fc.integer({ min: 2, max: 100 })),
  code: fc.record({
    sweep: fc.base64String(),
    remediate: fc.base64String(),
    selfCheck: fc.base64String(),
    alert: fc.base64String(),
    backfill: fc.base64String(),
    audit: fc.base64String(),
  }),
  mapping: fc.uuid(),
  roles: fc.dictionary(
    fc.constantFrom('Trailkeeper-Reconcile', 'Trailkeeper-SelfCheck'),
    fc.record({
      TrustedBy: fc.constant(['lambda.amazonaws.com']),
      Actions: fc.uniqueArray(fc.constantFrom('cloudtrail:GetTrail', 'cloudtrail:StartLogging')),
    }),
  ),
});

const wirings = fc
  .tuple(layouts, settings)
  .map(([layout, given]) => expectedResources(layout, given, { hints, environments }));

const layout: Topology = {
  account: '111122223333',
  region: 'eu-central-1',
  homeRegions: ['eu-central-1', 'eu-west-1'],
  delegatedAdministrators: ['333344445555', '222233334444'],
};
const code = {
  sweep: 'c3dlZXA=',
  remediate: 'cmVtZWRpYXRl',
  selfCheck: 'd2F0Y2g=',
  alert: 'YWxlcnQ=',
  backfill: 'YmFja2ZpbGw=',
  audit: 'Y2hhbmdlcw==',
};
const roles = {
  'Trailkeeper-Reconcile': {
    TrustedBy: ['lambda.amazonaws.com'],
    Actions: ['cloudtrail:GetTrail', 'cloudtrail:StartLogging'],
  },
};
const deployed = expectedResources(
  layout,
  {
    sweepEvery: '5 minutes',
    reservedConcurrency: 5,
    lookupsPerSecond: 1,
    code,
    mapping: '7d3f1b52-9c1e-4a0c-8f63-0b9a4c1d2e3f',
    roles,
  },
  { hints, environments },
);

test('a wiring that is as it was deployed has no fault', () => {
  fc.assert(
    fc.property(wirings, (wiring) => {
      expect(diffDeployment(wiring, structuredClone(wiring))).toEqual([]);
    }),
  );
});

test('a wiring that is read in another order of members has no fault', () => {
  expect(diffDeployment(deployed, reversed(deployed as Json) as DeployedResources)).toEqual([]);
});

test('any one change of any part is told with the name of the part', () => {
  fc.assert(
    fc.property(
      wirings.chain((wiring) =>
        fc.tuple(fc.constant(wiring), fc.constantFrom(...membersOf(wiring)), fc.string()),
      ),
      ([wiring, path, other]) => {
        const found = withMember(wiring, path, `theirs ${other}`);

        const faults = diffDeployment(wiring, found);

        expect(faults).toHaveLength(1);
        expect(faults[0]).toContain(path.join('.'));
      },
    ),
  );
});

test('a part that is gone is told as gone, by its name', () => {
  fc.assert(
    fc.property(
      wirings.chain((wiring) => fc.tuple(fc.constant(wiring), fc.constantFrom(...partsOf(wiring)))),
      ([wiring, part]) => {
        expect(diffDeployment(wiring, withMember(wiring, part, null))).toEqual([
          `${part.join('.')} is gone`,
        ]);
      },
    ),
  );
});

test('each fault is told, and each on one line', () => {
  const [one = [], other = []] = partsOf(deployed);
  const found = withMember(withMember(deployed, one, null), other, null);

  expect(diffDeployment(deployed, found)).toHaveLength(2);
  const strange = withMember(deployed, ['functions', 'Trailkeeper-Sweep', 'Role'], 'a\nb\u202ec');
  expect(diffDeployment(deployed, strange)[0]).not.toMatch(/[\n\u202e]/);
});

test('a target that was added, and one that was taken away, are told', () => {
  const [arn = '', rule] =
    Object.entries(deployed.rules).find(([, one]) => one?.Targets.length === 1) ?? [];
  const [target] = rule?.Targets ?? [];
  const theirs = { ...target, Arn: 'arn:aws:lambda:eu-central-1:111122223333:function:theirs' };
  const found = (Targets: Json) => withMember(deployed, ['rules', arn, 'Targets'], Targets);

  expect(diffDeployment(deployed, found([target, theirs] as Json))).toEqual([
    expect.stringMatching(/Targets must not have .*function:theirs/),
  ]);
  expect(diffDeployment(deployed, found([]))).toEqual([expect.stringMatching(/Targets lacks .*/)]);
});

test.each<[what: string, path: Path, value: Json, fault: RegExp]>([
  [
    'a condition that makes a pattern deaf',
    ['rules', Object.keys(deployed.rules)[0] ?? '', 'EventPattern', 'region'],
    ['nowhere'],
    /EventPattern\.region is \["nowhere"\], must be absent/,
  ],
  [
    'an order to only observe',
    ['schedules', 'Trailkeeper-Sweep', 'Input', 'mode'],
    'observe',
    /Sweep\.Input\.mode is "observe", must be absent/,
  ],
  [
    'a variable that leads the SDK elsewhere',
    ['functions', 'Trailkeeper-SelfCheck', 'Environment', 'AWS_ENDPOINT_URL'],
    'https://theirs.example',
    /SelfCheck\.Environment\.AWS_ENDPOINT_URL is "https:.*", must be absent/,
  ],
  [
    'a policy that takes rights away',
    ['roles', 'Trailkeeper-Reconcile', 'Denied'],
    ['cloudtrail:StartLogging'],
    /Reconcile\.Denied must not have "cloudtrail:StartLogging"/,
  ],
  [
    'a boundary',
    ['roles', 'Trailkeeper-Reconcile', 'PermissionsBoundary'],
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
    /Reconcile\.PermissionsBoundary is "arn:.*", must be absent/,
  ],
])('%s is told though nothing that was deployed is missing', (_what, path, value, fault) => {
  expect(diffDeployment(deployed, withMember(deployed, path, value))).toEqual([
    expect.stringMatching(fault),
  ]);
});

describe('the deployed wiring', () => {
  test('has the rules of every place of the account, and of no other account', () => {
    const places = Object.keys(deployed.rules).map((arn) => arn.split(':').slice(3, 5).join(' '));

    expect(new Set(places)).toEqual(
      new Set(
        accountRegionsOf(layout)
          .filter(({ account }) => account === layout.account)
          .map(({ account, region }) => `${region} ${account}`),
      ),
    );
  });

  test('has rules that are enabled, each with a target and a dead-letter queue of its place', () => {
    for (const [arn, rule] of Object.entries(deployed.rules)) {
      expect(rule?.State).toBe('ENABLED');
      expect(rule?.Targets).not.toHaveLength(0);
      for (const { DeadLetterArn } of rule?.Targets ?? []) {
        expect(DeadLetterArn?.split(':').slice(3, 5)).toEqual(arn.split(':').slice(3, 5));
      }
    }
  });

  test('lets the rules alone invoke a function that have it as a target', () => {
    for (const [name, fn] of Object.entries(deployed.functions)) {
      const targeting = Object.entries(deployed.rules)
        .filter(([, rule]) => rule?.Targets.some(({ Arn }) => Arn.endsWith(`:function:${name}`)))
        .map(([arn]) => arn);
      expect(fn?.Rules).toEqual(targeting.toSorted());
    }
    expect(deployed.functions['Trailkeeper-Sweep']?.Rules).toEqual([]);
  });

  test('has for each function the environment that it was given', () => {
    expect(deployed.functions['Trailkeeper-Sweep']?.Environment).toEqual(environments.sweep);
    expect(deployed.functions['Trailkeeper-SelfCheck']?.Environment).toEqual(
      environments.selfCheck,
    );
  });

  test('gives the function that reads event history as long as Lambda lets it, and the others two minutes', () => {
    const times = Object.entries(deployed.functions).map(([name, fn]) => [name, fn?.Timeout]);

    expect(Object.fromEntries(times)).toEqual({
      'Trailkeeper-Sweep': 120,
      'Trailkeeper-Remediate': 120,
      'Trailkeeper-SelfCheck': 120,
      'Trailkeeper-Alert': 120,
      'Trailkeeper-Audit': 120,
      'Trailkeeper-Backfill': 900,
    });
  });

  test('has the schedules of the sweep, as often as configured, and of the watch', () => {
    expect(deployed.schedules).toMatchObject({
      'Trailkeeper-Sweep': {
        State: 'ENABLED',
        ScheduleExpression: 'rate(5 minutes)',
        Arn: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-Sweep',
      },
      'Trailkeeper-SelfCheck': {
        State: 'ENABLED',
        Arn: 'arn:aws:lambda:eu-central-1:111122223333:function:Trailkeeper-SelfCheck',
      },
    });
  });

  test('has the roles with what they were granted and nothing else, and those that forward in every place of the account', () => {
    const nothingElse = { Denied: [], PermissionsBoundary: null, AttachedPolicies: [] };
    const forwarding = { TrustedBy: ['events.amazonaws.com'], Actions: ['events:PutEvents'] };

    expect(deployed.roles).toEqual({
      'Trailkeeper-Reconcile': { ...roles['Trailkeeper-Reconcile'], ...nothingElse },
      'Trailkeeper-Forward-eu-central-1': { ...forwarding, ...nothingElse },
      'Trailkeeper-Forward-eu-west-1': { ...forwarding, ...nothingElse },
      'Trailkeeper-Forward-us-east-1': { ...forwarding, ...nothingElse },
    });
  });

  test('lets the delegated administrators send, in whatever order they are named', () => {
    expect(deployed.bus).toEqual({ Senders: ['222233334444', '333344445555'] });
  });

  test('has a queue in every place that forwards, and nothing waits in it', () => {
    const [, ...forwarders] = accountRegionsOf(layout);

    expect(deployed.undelivered).toEqual(
      Object.fromEntries(
        forwarders.map(({ account, region }) => [
          `arn:aws:sqs:${region}:${account}:Trailkeeper-DeadLetters`,
          0,
        ]),
      ),
    );
  });
});

type Path = readonly string[];

/** The path of each part: a rule, a function, a schedule, a role, the bus, a queue. */
const partsOf = (wiring: DeployedResources): Path[] =>
  Object.entries(wiring).flatMap(([kind, parts]) =>
    kind === 'bus' ? [[kind]] : Object.keys(parts ?? {}).map((part) => [kind, part]),
  );

/** The path of each member of each part; that of a queue is the number of its messages. */
const membersOf = (wiring: DeployedResources): Path[] =>
  partsOf(wiring).flatMap((path) => {
    const part = path.reduce<Json>((value, key) => (value as never)[key], wiring as Json);
    return typeof part === 'object' ? Object.keys(part ?? {}).map((key) => [...path, key]) : [path];
  });

function withMember(wiring: DeployedResources, [...path]: Path, member: Json): DeployedResources {
  const copy = structuredClone(wiring);
  const last = path.pop() ?? '';
  const parent = path.reduce<Record<string, Json>>(
    (value, key) => value[key] as never,
    copy as never,
  );
  parent[last] = member;
  return copy;
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
