import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '#evidence/evidence.ts';
import { type OcsfFinding, ocsfFindings, ocsfVersion } from '#evidence/ocsf.ts';
import type { Gap } from '#gaps/gap.ts';
import type { Incident } from '#incident/incident.ts';
import { sampleEvidence } from '#sandbox/preview/sample-evidence.ts';
import { sampleDays } from '#sandbox/preview/sample-incidents.ts';
import { samples } from '#sandbox/preview/samples.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { trail } from '../support/baseline.ts';
import { attacked, examples, hostileEvidence, hostileText } from '../support/hostile-evidence.ts';
import { cause, incident } from '../support/incident.ts';
import { runs } from '../support/property-runs.ts';
import { faultsOf } from './ocsf-schema.ts';

/** The incidents of every state that the preview of alerts shows. */
const ofEveryState = samples.flatMap(({ record }) =>
  'incident' in record ? [record.incident] : [],
);

const evidenceOf = (...incidents: readonly Incident[]): Evidence =>
  sampleEvidence(incidents, sampleDays);

/** The only finding of an incident. */
function findingOf(one: Incident): OcsfFinding {
  const [finding, ...others] = ocsfFindings(evidenceOf(one));
  if (finding === undefined || others.length > 0) throw new Error('not one finding');
  return finding;
}

/** The only evidence of the finding of an incident with one call. */
function evidenceOfCall(call: ApiCall) {
  const finding = findingOf({ ...incident, cause: call, calls: [{ call, effect: 'caused' }] });
  const [evidence, ...others] = finding.evidences as Readonly<Record<string, object>>[];
  expect(others).toEqual([]);
  return { actor: {}, ...evidence } as {
    readonly actor: { readonly session?: object };
    readonly src_endpoint?: object;
  };
}

describe('an OCSF Detection Finding', () => {
  test.each(ofEveryState.map((one) => [one.state, one] as const))(
    'of an incident in state %s has the schema',
    (_state, one) => {
      expect(faultsOf(findingOf(one), 'detection_finding')).toEqual([]);
    },
  );

  test('has the schema, whatever an attacker wrote', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const findings = ocsfFindings(hostileEvidence(text));

        expect(findings.flatMap((one) => faultsOf(one, 'detection_finding'))).toEqual([]);
        expect(findings).toHaveLength(attacked.length);
      }),
      { numRuns: examples.length + runs(100), examples },
    );
  });

  test('names its version, and its type by class and activity', () => {
    const closedAt = '2026-11-22T12:10:00.000Z';

    expect(findingOf({ ...incident, closedAt })).toMatchObject({
      ...{ activity_id: 3, activity_name: 'Close', type_uid: 200403 },
      ...{ status_id: 4, status: 'Resolved', metadata: { version: ocsfVersion } },
    });
    expect(findingOf({ ...incident, updatedAt: incident.openedAt })).toMatchObject({
      ...{ activity_id: 1, type_uid: 200401 },
    });
    expect(findingOf(incident)).toMatchObject({ activity_id: 2, type_uid: 200402 });
  });

  test('has who called what from where as evidence, with the ids of the call', () => {
    const session = {
      ...{ ...cause, requestId: 'request-1', via: 'cloudformation.amazonaws.com' },
      principal: { ...cause.principal, type: 'AssumedRole', issuer: 'Deploy', mfa: true },
      error: { code: 'AccessDenied', message: 'not authorized' },
    };

    expect(evidenceOfCall(session)).toEqual({
      ...{ name: 'CloudTrail event', uid: cause.eventId },
      actor: {
        user: {
          ...{ name: 'mallory', type: 'AssumedRole', type_id: 99, uid: cause.principal.arn },
          account: { uid: cause.principal.accountId },
        },
        session: { issuer: 'Deploy', is_mfa: true },
        invoked_by: 'cloudformation.amazonaws.com',
      },
      api: {
        operation: 'StopLogging',
        request: { uid: 'request-1' },
        response: { error: 'AccessDenied', error_message: 'not authorized' },
      },
      src_endpoint: { ip: cause.sourceIp },
      data: { at: cause.at, region: cause.region, effect: 'caused' },
    });
  });

  test('leaves out what the record of the call does not say', () => {
    const unknown = { arn: null, accountId: null, issuer: null, mfa: null };
    const sparse = {
      ...{ ...cause, eventId: null, sourceIp: null },
      principal: { ...cause.principal, ...unknown },
      error: { code: 'AccessDenied', message: null },
    };

    expect(evidenceOfCall(sparse)).toEqual({
      name: 'CloudTrail event',
      actor: { user: { name: 'mallory', type: 'IAMUser', type_id: 1 } },
      api: { operation: 'StopLogging', response: { error: 'AccessDenied' } },
      data: { at: cause.at, region: cause.region, effect: 'caused' },
    });
    expect(evidenceOfCall({ ...sparse, error: null })).toMatchObject({
      api: { operation: 'StopLogging' },
    });
    expect(evidenceOfCall({ ...sparse, error: null })).not.toHaveProperty('api.response');
  });

  test.each([
    [{ issuer: 'Deploy', mfa: null }, { issuer: 'Deploy' }],
    [{ issuer: null, mfa: false }, { is_mfa: false }],
  ])('has of the session what is known: %o', (known, session) => {
    const call = { ...cause, principal: { ...cause.principal, ...known } };

    expect(evidenceOfCall(call)).toMatchObject({ actor: { session } });
    expect(evidenceOfCall(call).actor.session).toEqual(session);
  });

  test.each([
    ['IAMUser', 1],
    ['Root', 2],
    ['AWSService', 3],
    ['SAMLUser', 99],
  ])('has a principal of type %s as %i', (type, id) => {
    expect(evidenceOfCall({ ...cause, principal: { ...cause.principal, type } })).toMatchObject({
      actor: { user: { type, type_id: id } },
    });
  });

  test('has a principal of another type as other, whatever the type is named', () => {
    const odd = { ...cause, principal: { ...cause.principal, type: 'toString' } };

    expect(evidenceOfCall(odd)).toMatchObject({
      actor: { user: { type: 'toString', type_id: 99 } },
    });
  });

  test('has the call of a service by its name, because that is no IP address', () => {
    const sourceIp = 'cloudformation.amazonaws.com';

    expect(evidenceOfCall({ ...cause, sourceIp }).src_endpoint).toEqual({ svc_name: sourceIp });
    expect(evidenceOfCall({ ...cause, sourceIp: '2001:db8::7' }).src_endpoint).toEqual({
      ip: '2001:db8::7',
    });
  });

  test('has the record of trailkeeper as evidence if no call is known', () => {
    const [one] = evidenceOf({ ...incident, cause: null, calls: [] }).trails[0]?.incidents ?? [];

    expect(findingOf({ ...incident, cause: null, calls: [] }).evidences).toMatchObject([
      { data: { sha256: one?.record.sha256 } },
    ]);
  });

  test('begins with the first call or gap, whichever was first', () => {
    expect(findingOf(incident)).toMatchObject({
      ...{ time: Date.parse(incident.openedAt), start_time: Date.parse(String(cause.at)) },
      finding_info: { first_seen_time: Date.parse(String(cause.at)) },
    });
    const earlier = { ...cause, at: '2026-11-22T11:59:00Z' };
    expect(
      findingOf({
        ...{ ...incident, cause: null, calls: [{ call: earlier, effect: 'related' }] },
        episodes: [],
      }),
    ).toMatchObject({ start_time: Date.parse(earlier.at) });
    const timeless = { ...cause, at: null };
    expect(
      findingOf({
        ...{ ...incident, cause: timeless, calls: [{ call: timeless, effect: 'related' }] },
        episodes: [],
      }),
    ).toMatchObject({ start_time: Date.parse(incident.openedAt) });

    const [finding] = ocsfFindings(withGapFrom('2026-11-22T11:58:00.000Z'));
    expect(finding).toMatchObject({ start_time: Date.parse('2026-11-22T11:58:00.000Z') });
  });

  test.each([
    ['restored', false, 4],
    ['failed', true, 1],
    ['detected', true, 2],
    ['backing-off', true, 2],
    ['suspended', true, 2],
  ] as const)('of an incident in state %s is an alert: %s', (state, isAlert, status) => {
    expect(findingOf({ ...incident, state })).toMatchObject({
      ...{ is_alert: isAlert, status_id: status },
    });
  });

  test('is about the trail, and says what drifted, what is lost and what is to be done', () => {
    const [one] = evidenceOf(incident).trails[0]?.incidents ?? [];
    const finding = findingOf(incident);

    expect(finding).toMatchObject({
      cloud: { provider: 'AWS', region: trail.region, account: { uid: trail.accountId } },
      resources: [{ uid: trail.arn, type: 'AWS::CloudTrail::Trail', name: trail.name }],
      metadata: {
        ...{ uid: incident.id, profiles: ['cloud'], version: '1.5.0' },
        product: { name: 'trailkeeper', vendor_name: 'trailkeeper' },
      },
      finding_info: {
        ...{ types: ['logging'], data_sources: ['AWS CloudTrail'] },
        analytic: { name: 'comparison with the baseline', type: 'Rule' },
      },
      remediation: {
        desc: `${one?.callToAction} State: trailkeeper restored it with StartLogging, read back at 2026-11-22 12:00:07 UTC.`,
      },
      unmapped: { state: 'restored', gaps: one?.gaps, record: one?.record },
    });
    const { desc } = finding.finding_info as { readonly desc: string };
    expect(desc).toMatch(
      new RegExp(
        `^${one?.title}\\. nothing is recorded: logging is off\\. recoverable: .*\\. lost: data events`,
      ),
    );
  });

  test('does not say what is lost if that is not known', () => {
    const [finding] = ocsfFindings(withGapFrom(incident.openedAt, { recoverability: null }));

    expect(finding?.finding_info).toMatchObject({
      desc: expect.stringMatching(/nothing is recorded: logging is off$/),
    });
  });
});

/** The evidence of the incident with its gap changed. */
function withGapFrom(from: string, more: Partial<Gap> = {}): Evidence {
  const evidence = evidenceOf(incident);
  return {
    ...evidence,
    trails: evidence.trails.map((one) => ({
      ...one,
      incidents: one.incidents.map((each) => ({
        ...each,
        gaps: each.gaps.map((gap) => ({ ...gap, from, ...more })),
      })),
    })),
  };
}

test('the check of the schema finds what is missing, unknown or of another type', () => {
  const finding = { ...findingOf(incident), severity_id: 7, time: 'now', cloud: {}, color: 'red' };
  const misnamed = { ...findingOf(incident), status: 'New' };

  expect(faultsOf(finding, 'detection_finding')).toEqual([
    expect.stringMatching(/severity_id: is 7/),
    expect.stringMatching(/time: is "now"/),
    'detection_finding.cloud.provider: is missing',
    'detection_finding.color: is no attribute',
  ]);
  expect(faultsOf(misnamed, 'detection_finding')).toEqual([
    'detection_finding.status: is not Resolved',
  ]);
});
