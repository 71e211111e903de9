import { expect, test } from 'vitest';
import { type Entry, incidentDetails, incidentTable } from '../../cli/incident-lines.ts';
import { cause, incident } from '../support/incident.ts';

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

test('a row that holds no incident is shown with its problem', () => {
  expect(incidentDetails(entries[2] as Entry, 4)).toEqual(['the row holds no incident']);
});
