import fc from 'fast-check';
import type { Evidence } from '#evidence/evidence.ts';
import type { Incident } from '#incident/incident.ts';
import { sampleEvidence } from '#sandbox/preview/sample-evidence.ts';
import { sampleDays, sampleIncidents } from '#sandbox/preview/sample-incidents.ts';

/** Text that would leave a context of the page if it were not escaped: an element, an attribute, SVG, a style, a comment. */
export const breakouts: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='x",
  '</style><style>*{background:url(//evil.example)}</style>',
  '</title><svg onload=alert(1)>',
  '</svg><svg onload=alert(1)>',
  '<!--',
  '--><b>',
  ']]><b>',
  '&lt;b&gt;&#x3c;',
  'javascript:alert(1)',
  '</details></main>',
  '<a href=https://evil.example>x</a>',
  '{}*{background:url(//evil.example)}',
  '\u202e\u0000\ud800\u2028`x`',
];

/** Such text, alone and mixed with any other. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...breakouts),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(''));

/** Each text is always tried, however few runs there are. */
export const examples: [string][] = breakouts.map((text) => [text]);

/** The incidents of hostile evidence: restored, open, with a gap and with drift alone. */
export const attacked = sampleIncidents.filter((_, i) => i === 0 || i === 2 || i === 5);

/** Evidence in which everything that others write is hostile: the calls, the values that they set, reasons and names. */
export function hostileEvidence(text: string): Evidence {
  const incidents = attacked.map((one) => hostileIncident(one, text));
  const evidence = sampleEvidence(incidents, sampleDays);
  const trails = evidence.trails.map((trail) => ({
    ...trail,
    ...(trail.baseline !== null &&
      'version' in trail.baseline && {
        baseline: { ...trail.baseline, by: text, reason: text, faults: [text] },
        versions: [{ ...trail.baseline, by: text, reason: text }],
      }),
    windows: [
      ...trail.windows.map((window) => ({ ...window, by: text, reason: text, kinds: [text] })),
      { key: text, problem: text },
    ],
    unreadable: [text],
    coverage: {
      ...trail.coverage,
      unknown: { ...trail.coverage.unknown, ranges: [{ ...sampleDays, reason: text }] },
    },
  }));
  const [cause = null] = evidence.trails.flatMap(({ incidents: all }) => all[0]?.cause ?? []);
  const record = { pk: text, sk: text, sha256: text };
  const tampering = [
    {
      ...{ id: text, at: text, severity: 'critical' as const, title: text },
      ...{ cause, details: [text], record },
    },
  ];
  const lack = { account: text, region: text, reason: text };
  const recoveries = {
    found: evidence.recoveries.found.map((recovery) => ({
      ...recovery,
      ...{ trail: evidence.trails[0]?.trail ?? text, folder: text, manifest: text, sha256: text },
      ...{ finishedAt: text, signedBy: null, signatureProblem: text },
      ...{ missing: [lack], notCompared: [lack], unrecoverable: [text], excludedByTrail: [text] },
    })),
    unread: [text],
  };
  return { ...evidence, generatedBy: text, trails, tampering, recoveries };
}

function hostileIncident(incident: Incident, text: string): Incident {
  const call = incident.cause && {
    ...incident.cause,
    ...{ eventName: text, region: text, sourceIp: text, userAgent: text, via: text },
    ...{ eventId: text, requestId: text, error: { code: text, message: text } },
    principal: {
      ...incident.cause.principal,
      ...{ type: text, name: text, arn: text, accountId: text, issuer: text },
    },
  };
  return {
    ...incident,
    id: `${incident.id}${text}`,
    cause: call,
    calls: call === null ? [] : [{ call, effect: 'caused' }],
    baselineError: text,
    episodes: incident.episodes.map((episode) => ({
      ...episode,
      acceptedBy: text,
      trigger: call,
      outcome: {
        ...episode.outcome,
        applied: [
          ...episode.outcome.applied,
          {
            ...{ kind: text, action: text, input: {}, status: 'failed', retryable: false },
            ...{ error: text, message: text, remedy: text },
          },
        ],
        plan: {
          ...episode.outcome.plan,
          findings: episode.outcome.plan.findings.map((finding) =>
            finding.status !== 'drifted'
              ? finding
              : {
                  ...finding,
                  changes: finding.changes.map((change) => ({
                    ...change,
                    actual: [text],
                    impact: { ...change.impact, description: text },
                  })),
                },
          ),
        },
      },
    })),
  };
}
