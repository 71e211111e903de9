import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import type { Json } from '#text/diff.ts';
import { isNotTruncated, truncateForStorage } from '#text/truncate-for-storage.ts';
import { type ApiCall, parseApiCall } from '#trail/api-call.ts';
import { trail } from '../support/baseline.ts';
import { done, drift, drifted, inSync, outcome, refused, unknown } from '../support/outcomes.ts';
import { runs } from '../support/property-runs.ts';

const incident = (cause: ApiCall | null, made: Outcome) => ({
  id: '0b9f6a3e-6f0c-4e0d-8a34-2f3c1f1f7a10',
  trail: trail.arn,
  state: 'restored',
  openedAt: '2026-11-22T10:15:31.000Z',
  cause,
  outcome: made,
});
type Kept = ReturnType<typeof incident>;

const call = { eventName: 'StopLogging', awsRegion: 'eu-central-1' };
const eventID = '7c5a1b9e-2f0d-4a34-9c3f-1f7a100b9f6a';
const userIdentity = { type: 'IAMUser', userName: 'mallory' };
const attack = parseApiCall({ eventID, userIdentity }, call);
describe('a record is truncated', () => {
  const bytes = (reported: object) => Buffer.byteLength(JSON.stringify(reported));
  const changed = (actual: Json, desired: Json = 'red'): Finding => ({
    ...drifted,
    changes: [{ ...drift, desired, actual }],
  });
  const texts = (count: number, length: number, character = 'x') =>
    Array.from({ length: count }, (_, i) => `${i} `.padEnd(length, character));
  const selectors = (values: readonly string[]) => [
    { Name: 'all except these', FieldSelectors: [{ Field: 'eventSource', NotEquals: values }] },
  ];
  const actualOf = ({ outcome: { plan } }: Kept) =>
    plan.findings.flatMap((finding) => (finding.status === 'drifted' ? finding.changes : []))[0]
      ?.actual;

  test('only if it is large', () => {
    const small = incident(attack, outcome([changed(selectors(texts(40, 1000)))], [done]));

    expect(truncateForStorage(small)).toBe(small);
  });

  test('in its values, each with the number of missing characters', () => {
    const values = texts(500, 2048);

    const reported = truncateForStorage(
      incident(attack, outcome([changed(selectors(values))], [done], [inSync])),
    );

    const cut = values.slice(0, 50).map((value) => `${value.slice(0, 500)}… (2048 characters)`);
    expect(actualOf(reported)).toEqual(selectors([...cut, '… (450 more)']));
    expect(bytes(reported)).toBeLessThan(100_000);
    expect(reported).toMatchObject({ cause: attack, state: 'restored' });
    expect(reported.outcome.verified).toEqual({ ...reported.outcome.plan, findings: [inSync] });
    expect(reported.outcome.applied).toEqual([done]);
  });

  test('no more than necessary', () => {
    const lists = Array.from({ length: 4 }, () => selectors(texts(500, 2048)));

    const reported = truncateForStorage(incident(attack, outcome([changed(lists)])));

    const [value] = texts(1, 2048);
    expect(JSON.stringify(reported)).toContain(`"${value?.slice(0, 200)}… (2048 characters)"`);
    expect(JSON.stringify(reported)).toContain('"… (490 more)"');
  });

  test('to the text of a value that is nested too deeply', () => {
    const value = [6, 6, 6, 6, 6, 6].reduce<Json>(
      (member, length) => Array.from({ length }, () => member),
      'a short text',
    );

    const reported = truncateForStorage(incident(attack, outcome([changed(value)])));

    const text = JSON.stringify(value);
    expect(actualOf(reported)).toBe(`${text.slice(0, 200)}… (${text.length} characters)`);
  });

  test('in steps', () => {
    const input = { TrailName: trail.arn, AdvancedEventSelectors: selectors(texts(500, 2048)) };
    const steps = [{ action: 'Paint', input }];
    const applied = { ...refused, input };

    const reported = truncateForStorage(
      incident(attack, outcome([{ ...drifted, steps }], [applied])),
    );

    expect(bytes(reported)).toBeLessThan(100_000);
    expect(reported.outcome.applied).toMatchObject([
      { ...refused, input: { TrailName: trail.arn } },
    ]);
    expect(JSON.stringify(reported.outcome.plan)).toContain('… (2048 characters)');
  });

  test('in the values, not in the message, if the values are too long', () => {
    const message = 'x'.repeat(4000);
    const failed = { ...refused, message };

    const reported = truncateForStorage(
      incident(attack, outcome([changed(texts(500, 2048))], [failed])),
    );

    expect(reported.outcome.applied).toEqual([failed]);
  });

  test('in a message that is too long', () => {
    const failed = { ...refused, message: 'x'.repeat(100_000) };

    const reported = truncateForStorage(incident(attack, outcome([drifted], [failed])));

    const message = `${'x'.repeat(4000)}… (100000 characters)`;
    expect(reported).toEqual(incident(attack, outcome([drifted], [{ ...failed, message }])));
  });

  test('without splitting a character', () => {
    const reported = truncateForStorage(
      incident(attack, outcome([changed(`x${'😀'.repeat(100_000)}`)])),
    );

    expect(JSON.stringify(reported)).not.toContain(String.raw`\ud83d`);
  });

  test('by the bytes of its JSON', () => {
    const worst = String.fromCharCode(0);
    const found = Array.from({ length: 12 }, () => ({
      ...changed(texts(500, 2048, worst), texts(500, 2048, worst)),
      kind: worst.repeat(3000),
      status: 'drifted' as const,
      changes: Array.from({ length: 30 }, () => ({
        ...drift,
        path: worst.repeat(3000),
        actual: texts(5, 2048, worst),
        impact: { ...drift.impact, description: worst.repeat(3000) },
      })),
      steps: Array.from({ length: 9 }, () => ({
        action: worst.repeat(3000),
        input: { values: texts(5, 2048, worst) },
      })),
    }));
    const failed = {
      ...refused,
      kind: worst.repeat(3000),
      action: worst.repeat(3000),
      input: { values: texts(5, 2048, worst) },
      error: worst.repeat(3000),
      message: worst.repeat(3000),
      remedy: worst.repeat(3000),
    };
    const name = worst.repeat(1024);
    const who = { ...attack.principal, type: name, name, arn: name, accountId: name };
    const principal = { ...who, issuer: name, issuerArn: name };
    const error = { code: name, message: name };
    const cause = { ...attack, principal, sourceIp: name, userAgent: name, via: name, error };
    const made = outcome(
      found,
      Array.from({ length: 99 }, () => failed),
    );

    const reported = truncateForStorage(incident(cause, made));

    expect(bytes(reported)).toBeLessThan(100_000);
    expect(reported.trail).toBe(trail.arn);
  });

  const text = fc.oneof(
    { weight: 4, arbitrary: fc.string({ maxLength: 20 }) },
    fc
      .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), fc.nat(2048))
      .map(([unit, times]) => unit.repeat(times)),
  );
  const value: fc.Arbitrary<Json> = fc.oneof(
    fc.jsonValue().map((drawn) => drawn as Json),
    text,
    fc.tuple(text, fc.nat(500)).map(([one, count]) => Array.from({ length: count }, () => one)),
  );
  const change = fc.record({ desired: value, actual: value, description: text }).map(
    ({ description, ...values }): Drift => ({
      ...drift,
      ...values,
      impact: { ...drift.impact, description },
    }),
  );
  const input = fc.record({ TrailName: text, values: value });
  const finding: fc.Arbitrary<Finding> = fc.oneof(
    fc.constant(inSync),
    text.map((reason) => ({ ...unknown, reason }) as Finding),
    fc
      .tuple(fc.array(change, { minLength: 1, maxLength: 6 }), fc.array(input, { maxLength: 2 }))
      .map(([changes, inputs]) => ({
        ...drifted,
        changes,
        steps: inputs.map((drawn) => ({ action: 'Paint', input: drawn })),
      })),
  );
  const step: fc.Arbitrary<AppliedStep> = fc
    .tuple(input, text)
    .map(([drawn, message]) => ({ ...refused, input: drawn, message }));
  const findings = fc.array(finding, { maxLength: 12 });
  const anyIncident = fc
    .tuple(findings, fc.array(step, { maxLength: 12 }), findings, fc.constantFrom(attack, null))
    .map(([found, applied, readBack, cause]) => incident(cause, outcome(found, applied, readBack)));

  test('but keeps who, what and when, and every value that fits', () => {
    fc.assert(
      fc.property(anyIncident, (made) => {
        const reported = truncateForStorage(made);

        expect(bytes(reported)).toBeLessThan(100_000);
        if (bytes(made) < 100_000) expect(reported).toBe(made);
        const { outcome: _, ...rest } = made;
        expect(reported).toMatchObject(rest);
        expect(skeleton(reported.outcome.plan.findings)).toEqual(
          skeleton(made.outcome.plan.findings),
        );
        expect(skeleton(reported.outcome.verified.findings)).toEqual(
          skeleton(made.outcome.verified.findings),
        );
        expect(reported.outcome.applied.map(({ action, status }) => [action, status])).toEqual(
          made.outcome.applied.map(({ action, status }) => [action, status]),
        );
        expect(truncateForStorage(reported)).toBe(reported);
      }),
      { numRuns: runs(200) },
    );
  });

  /** The parts of findings that are always kept. */
  const skeleton = (found: readonly Finding[]) =>
    found.map((one) =>
      one.status !== 'drifted'
        ? [one.kind, one.status]
        : [
            one.kind,
            ...one.changes.map(({ path, impact, treatment }) => [path, impact.severity, treatment]),
            ...one.steps.map(({ action }) => action),
          ],
    );
});

test.each([
  [{ path: 'S3KeyPrefix' }, true],
  [[], true],
  ['… (3 more)', false],
  [null, false],
  [undefined, false],
])('in a stored list, %j is an entry: %s', (member, isEntry) => {
  expect(isNotTruncated(member)).toBe(isEntry);
});
