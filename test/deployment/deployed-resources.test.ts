import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tablePolicy } from '#baseline/signing/table-policy.ts';
import { parseDeployment } from '#deployment/config.ts';
import { diffDeployment } from '#deployment/deployed-resources.ts';
import { expectedResources, type SelfCheckFacts } from '#deployment/expected-deployment.ts';
import { synthesizedConfig } from '#deployment/function-config.ts';
import type { DeployedResources } from '#deployment/observe-deployment.ts';
import { accountRegionsOf, type Topology } from '#deployment/topology.ts';
import type { Json } from '#text/diff.ts';

const regions = ['us-east-1', 'eu-central-1', 'eu-west-1', 'ap-south-1'];

const topologies: fc.Arbitrary<Topology> = fc.record({
  account: fc.constant('111122223333'),
  region: fc.constantFrom(...regions),
  homeRegions: fc.uniqueArray(fc.constantFrom(...regions), { minLength: 1 }),
  delegatedAdministrators: fc.uniqueArray(fc.constantFrom('222233334444', '333344445555')),
});

const config = synthesizedConfig(
  parseDeployment({
    mode: 'observe',
    region: 'eu-central-1',
    account: '111122223333',
    approvers: ['arn:aws:iam::111122223333:role/Security'],
  }),
);
const ids = {
  logGroups: ['sweep-log', 'remediate-log'],
  selfCheck: {
    mapping: '7d3f1b52-9c1e-4a0c-8f63-0b9a4c1d2e3f',
    code: 'c2VsZg==',
  },
};
const signing = { keys: [], trails: [] };
const policy = tablePolicy({ account: '111122223333', region: 'eu-central-1' }, 'the table', []);

const someFacts: fc.Arbitrary<SelfCheckFacts> = fc.record({
  signing: fc.constant(signing),
  tablePolicy: fc.constant(policy),
  organization: fc.constant('o-a1b2c3d4e5'),
  topology: topologies,
  config: fc.constant(config),
  sweepEvery: fc.constantFrom('10 seconds', '1 minute', '5 minutes', '1 hour'),
  reservedConcurrency: fc.option(fc.integer({ min: 2, max: 100 })),
  code: fc.record({
    sweep: fc.base64String(),
    remediate: fc.base64String(),
    alert: fc.base64String(),
    backfill: fc.base64String(),
    audit: fc.base64String(),
  }),
  roles: fc.dictionary(
    fc.constantFrom('Trailkeeper-Reconcile', 'Trailkeeper-SelfCheck'),
    fc.record({
      TrustedBy: fc.constant(['lambda.amazonaws.com']),
      Actions: fc.uniqueArray(fc.constantFrom('cloudtrail:GetTrail', 'cloudtrail:StartLogging')),
    }),
  ),
});

const deployments = someFacts.map((facts) => expectedResources(facts, ids));

const topology: Topology = {
  account: '111122223333',
  region: 'eu-central-1',
  homeRegions: ['eu-central-1', 'eu-west-1'],
  delegatedAdministrators: ['333344445555', '222233334444'],
};
const roles = {
  'Trailkeeper-Reconcile': {
    TrustedBy: ['lambda.amazonaws.com'],
    Actions: ['cloudtrail:GetTrail', 'cloudtrail:StartLogging'],
  },
};
const deployed = expectedResources(
  {
    signing,
    tablePolicy: policy,
    organization: 'o-a1b2c3d4e5',
    topology,
    config,
    sweepEvery: '5 minutes',
    reservedConcurrency: 5,
    code: {
      sweep: 'c3dlZXA=',
      remediate: 'cmVtZWRpYXRl',
      alert: 'YWxlcnQ=',
      backfill: 'YmFja2ZpbGw=',
      audit: 'YXVkaXQ=',
    },
    roles,
    recovery: {
      code: btoa('recover'),
      config: { account: '111122223333', bucket: 'evidence', prefix: 'recovered' },
      roles: {},
    },
  },
  ids,
);

test('there is no difference if everything is as deployed', () => {
  fc.assert(
    fc.property(deployments, (resources) => {
      expect(diffDeployment(resources, structuredClone(resources))).toEqual([]);
    }),
  );
});

test('the order of fields is no difference', () => {
  expect(diffDeployment(deployed, reversed(deployed as Json) as DeployedResources)).toEqual([]);
});

test('a change of any field is one difference, with the path of the field', () => {
  fc.assert(
    fc.property(
      deployments.chain((resources) =>
        fc.tuple(fc.constant(resources), fc.constantFrom(...membersOf(resources)), fc.string()),
      ),
      ([resources, path, other]) => {
        const found = withMember(resources, path, `theirs ${other}`);

        const faults = diffDeployment(resources, found);

        expect(faults).toHaveLength(1);
        expect(faults[0]).toContain(path.join('.'));
      },
    ),
  );
});

test('a missing resource is reported as gone, by its name', () => {
  fc.assert(
    fc.property(
      deployments.chain((resources) =>
        fc.tuple(fc.constant(resources), fc.constantFrom(...partsOf(resources))),
      ),
      ([resources, part]) => {
        expect(diffDeployment(resources, withMember(resources, part, null))).toEqual([
          `${part.join('.')} is gone`,
        ]);
      },
    ),
  );
});

test('each difference is one line', () => {
  const [one = [], other = []] = partsOf(deployed);
  const found = withMember(withMember(deployed, one, null), other, null);

  expect(diffDeployment(deployed, found)).toHaveLength(2);
  const strange = withMember(deployed, ['functions', 'Trailkeeper-Sweep', 'Role'], 'a\nb\u202ec');
  expect(diffDeployment(deployed, strange)[0]).not.toMatch(/[\n\u202e]/);
});

test('an added target and a removed target are differences', () => {
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
    'a condition that stops a pattern from matching',
    ['rules', Object.keys(deployed.rules)[0] ?? '', 'EventPattern', 'region'],
    ['nowhere'],
    /EventPattern\.region is \["nowhere"\], must be absent/,
  ],
  [
    'an input that makes the sweep only observe',
    ['schedules', 'Trailkeeper-Sweep', 'Input', 'mode'],
    'observe',
    /Sweep\.Input\.mode is "observe", must be absent/,
  ],
  [
    'a variable that redirects the SDK',
    ['functions', 'Trailkeeper-SelfCheck', 'Environment', 'AWS_ENDPOINT_URL'],
    'https://theirs.example',
    /SelfCheck\.Environment\.AWS_ENDPOINT_URL is "https:.*", must be absent/,
  ],
  [
    'a policy that denies an action',
    ['roles', 'Trailkeeper-Reconcile', 'Actions'],
    ['cloudtrail:GetTrail', 'cloudtrail:StartLogging', 'deny cloudtrail:StartLogging'],
    /Reconcile\.Actions must not have "deny cloudtrail:StartLogging"/,
  ],
  [
    'a permissions boundary',
    ['roles', 'Trailkeeper-Reconcile', 'PermissionsBoundary'],
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
    /Reconcile\.PermissionsBoundary is "arn:.*", must be absent/,
  ],
])('%s is a difference, although nothing is missing', (_what, path, value, fault) => {
  expect(diffDeployment(deployed, withMember(deployed, path, value))).toEqual([
    expect.stringMatching(fault),
  ]);
});

describe('the expected deployment', () => {
  test('has the rules of every Region of the account, and of no other account', () => {
    const places = Object.keys(deployed.rules).map((arn) => arn.split(':').slice(3, 5).join(' '));

    expect(new Set(places)).toEqual(
      new Set(
        accountRegionsOf(topology)
          .filter(({ account }) => account === topology.account)
          .map(({ account, region }) => `${region} ${account}`),
      ),
    );
  });

  test('has enabled rules, each with a target and a dead-letter queue of its Region', () => {
    for (const [arn, rule] of Object.entries(deployed.rules)) {
      expect(rule?.State).toBe('ENABLED');
      expect(rule?.Targets).not.toHaveLength(0);
      for (const { DeadLetterArn } of rule?.Targets ?? []) {
        expect(DeadLetterArn?.split(':').slice(3, 5)).toEqual(arn.split(':').slice(3, 5));
      }
    }
  });

  test('allows only the rules that target a function to invoke it', () => {
    for (const [name, fn] of Object.entries(deployed.functions)) {
      const targeting = Object.entries(deployed.rules)
        .filter(([, rule]) => rule?.Targets.some(({ Arn }) => Arn.endsWith(`:function:${name}`)))
        .map(([arn]) => arn);
      expect(fn?.Rules).toEqual(targeting.toSorted());
    }
    expect(deployed.functions['Trailkeeper-Sweep']?.Rules).toEqual([]);
  });

  test('has the configuration of each function, and of the self-check its identifiers', () => {
    const { logGroups, selfCheck } = ids;

    const { 'Trailkeeper-Recover': recover, ...others } = deployed.functions;
    expect(recover?.Environment).toMatchObject({ TRAILKEEPER_CONFIG: { bucket: 'evidence' } });
    for (const [name, fn] of Object.entries(others)) {
      expect(fn?.Environment).toEqual({
        TRAILKEEPER_CONFIG: {
          ...config,
          logGroups,
          ...(name === 'Trailkeeper-SelfCheck' && { selfCheck }),
        },
      });
    }
  });

  test('has a timeout of 15 minutes for backfill and recovery, and of 2 minutes for the others', () => {
    const times = Object.entries(deployed.functions).map(([name, fn]) => [name, fn?.Timeout]);

    expect(Object.fromEntries(times)).toEqual({
      'Trailkeeper-Sweep': 120,
      'Trailkeeper-Remediate': 120,
      'Trailkeeper-SelfCheck': 120,
      'Trailkeeper-Alert': 120,
      'Trailkeeper-Audit': 120,
      'Trailkeeper-Backfill': 900,
      'Trailkeeper-Recover': 900,
    });
  });

  test('has the schedule of the sweep at the configured rate, and that of the self-check', () => {
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

  test('has the roles with their granted actions, and a forwarding role in every Region', () => {
    const nothingElse = { PermissionsBoundary: null, AttachedPolicies: [] };
    const forwarding = { TrustedBy: ['events.amazonaws.com'], Actions: ['events:PutEvents'] };

    expect(deployed.roles).toEqual({
      'Trailkeeper-Reconcile': { ...roles['Trailkeeper-Reconcile'], ...nothingElse },
      'Trailkeeper-Forward-eu-central-1': { ...forwarding, ...nothingElse },
      'Trailkeeper-Forward-eu-west-1': { ...forwarding, ...nothingElse },
      'Trailkeeper-Forward-us-east-1': { ...forwarding, ...nothingElse },
    });
  });

  test('allows the delegated administrators to send, in any order', () => {
    expect(deployed.buses).toEqual({
      trailkeeper: { Senders: ['222233334444', '333344445555'] },
    });
  });

  test('has an empty dead-letter queue of every forwarder', () => {
    const [, ...forwarders] = accountRegionsOf(topology);

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

/** The path of each resource. */
const partsOf = (resources: DeployedResources): Path[] =>
  Object.entries(resources).flatMap(([kind, parts]) =>
    Object.keys(parts).map((part) => [kind, part]),
  );

/** The path of each field of each resource; a queue is only the number of its messages. */
const membersOf = (resources: DeployedResources): Path[] =>
  partsOf(resources).flatMap((path) => {
    const part = path.reduce<Json>((value, key) => (value as never)[key], resources as Json);
    return typeof part === 'object' ? Object.keys(part ?? {}).map((key) => [...path, key]) : [path];
  });

function withMember(
  resources: DeployedResources,
  [...path]: Path,
  member: Json,
): DeployedResources {
  const copy = structuredClone(resources);
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
