import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '#evidence/evidence.ts';
import { ocsfFindings, ocsfVersion } from '#evidence/ocsf.ts';
import type { Incident } from '#incident/incident.ts';
import { sampleEvidence } from '#sandbox/preview/sample-evidence.ts';
import { sampleDays } from '#sandbox/preview/sample-incidents.ts';
import { samples } from '#sandbox/preview/samples.ts';
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
function findingOf(one: Incident) {
  const [finding, ...others] = ocsfFindings(evidenceOf(one));
  expect(others).toEqual([]);
  return finding;
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
    expect(findingOf(incident)?.evidences).toMatchObject([
      {
        uid: cause.eventId,
        actor: { user: { name: 'mallory', uid: cause.principal.arn, type_id: 1 } },
        api: { operation: 'StopLogging' },
        src_endpoint: { ip: cause.sourceIp },
      },
    ]);
  });

  test('has a principal of another type as other, whatever the type is named', () => {
    const odd = { ...cause, principal: { ...cause.principal, type: 'toString' } };
    const one = { ...incident, cause: odd, calls: [{ call: odd, effect: 'caused' as const }] };

    expect(findingOf(one)?.evidences).toMatchObject([
      { actor: { user: { type: 'toString', type_id: 99 } } },
    ]);
  });

  test('has the call of a service by its name, because that is no IP address', () => {
    const service = { ...cause, sourceIp: 'cloudformation.amazonaws.com' };
    const one = {
      ...incident,
      cause: service,
      calls: [{ call: service, effect: 'caused' as const }],
    };

    expect(findingOf(one)?.evidences).toMatchObject([
      { src_endpoint: { svc_name: 'cloudformation.amazonaws.com' } },
    ]);
  });

  test('has the record of trailkeeper as evidence if no call is known', () => {
    const [one] = evidenceOf({ ...incident, cause: null, calls: [] }).trails[0]?.incidents ?? [];

    expect(findingOf({ ...incident, cause: null, calls: [] })?.evidences).toMatchObject([
      { data: { sha256: one?.record.sha256 } },
    ]);
  });

  test('begins with the first call, and is an alert until it is resolved', () => {
    expect(findingOf(incident)).toMatchObject({
      ...{ time: Date.parse(incident.openedAt), start_time: Date.parse(String(cause.at)) },
      is_alert: false,
    });
    expect(findingOf({ ...incident, state: 'failed' })).toMatchObject({
      ...{ is_alert: true, status_id: 1 },
    });
    expect(findingOf({ ...incident, state: 'detected' })).toMatchObject({ status_id: 2 });
  });
});

test('the check of the schema finds what is missing, unknown or of another type', () => {
  const finding = { ...findingOf(incident), severity_id: 7, time: 'now', cloud: {}, color: 'red' };

  expect(faultsOf(finding, 'detection_finding')).toEqual([
    expect.stringMatching(/severity_id: is 7/),
    expect.stringMatching(/time: is "now"/),
    'detection_finding.cloud.provider: is missing',
    'detection_finding.color: is no attribute',
  ]);
});
