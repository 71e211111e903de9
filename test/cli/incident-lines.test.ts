import { expect, test } from 'vitest';
import { type Entry, incidentDetails, incidentTable } from '../../cli/incident-lines.ts';
import {
  cause,
  drifted,
  driftOf,
  incident,
  outcomeOf,
  stopped,
  unresolved,
} from '../support/incident.ts';

const entries: readonly Entry[] = [
  { at: incident.openedAt, of: incident.trail, incident },
  {
    at: incident.openedAt,
    of: `${incident.trail}-${'x'.repeat(120)}`,
    incident: {
      ...incident,
      state: 'baseline-invalid',
      cause: {
        ...cause,
        principal: { ...cause.principal, name: `evil\u001b[31m${'y'.repeat(90)}` },
      },
    },
  },
  { at: '2026-11-22T12:00:00Z', of: 'trailkeeper', problem: 'the row holds no incident' },
];

test('each incident is one line', () => {
  const lines = incidentTable(entries);

  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(/^77e11d50 +11-22 12:00 +critical +restored +main +StopLogging/);
  expect(lines.join('')).not.toContain('\u001b');
});

test('an incident shows its episodes, calls and cause as an alert does', () => {
  const text = incidentDetails(entries[0] as Entry, 4).join('\n');

  expect(text).toMatch(/^main restored and verified\.$/m);
  expect(text).toMatch(/^Actor +mallory, an IAM user/m);
  expect(text).toMatch(/^- StartLogging \(logging\)$/m);
  expect(text).not.toContain('http');
});

test('an incident breaks the JSON of a value between its members, and keeps it valid', () => {
  const selector = { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [] };
  const selectors = driftOf(
    'EventSelectors',
    [selector, { ...selector, ReadWriteType: 'ReadOnly' }],
    null,
    stopped.impact,
  );
  const outcome = outcomeOf([], [drifted('event-selectors', selectors)]);
  const of = unresolved('degraded', outcome);

  const text = incidentDetails({ at: of.openedAt, of: of.trail, incident: of }, 4).join('\n');

  expect(text).toContain('IncludeManagementEvents');
  expect(text.split(/\s/).filter((word) => word.length > 76)).toEqual([]);
});

test('a row that holds no incident is shown with its problem', () => {
  expect(incidentDetails(entries[2] as Entry, 4)).toEqual(['the row holds no incident']);
});
