import { describe, expect, test } from 'vitest';
import type { AlertOptions } from '#alert/alert.ts';
import { approvalSection } from '#alert/approval-lines.ts';
import { todoSection } from '#alert/drift-lines.ts';
import { incidentWording } from '#alert/wording.ts';
import type { Approval, Decision } from '#reconcile/approval.ts';
import {
  drifted,
  incident,
  outcomeOf,
  stopped,
  unencrypted,
  unresolved,
} from '../support/incident.ts';

const approval: Approval = {
  id: 'one',
  changes: [
    { key: 'a', kind: 'settings', path: 'KmsKeyId' },
    { key: 'b', kind: 'tags', path: 'TagsList' },
  ],
  requestedAt: '2026-11-22T10:00:00.000Z',
  until: '2026-11-22T11:00:00.000Z',
  otherwise: 'restore',
  decision: null,
  endedAt: null,
};
const decision = (more: Partial<Decision>): Decision => ({
  ...{ treatment: 'restore', at: '2026-11-22T10:30:00.000Z', reason: null },
  ...{ by: 'arn:aws:iam::111122223333:user/alice', via: 'slack', ...more },
});
const line = (more: Partial<Approval>, omitActors = false) =>
  approvalSection({ approvals: [{ ...approval, ...more }] }, { omitActors }).lines[0];

const fields = 'settings.KmsKeyId, tags.TagsList: ';

describe('the approvals of an incident say', () => {
  test.each<[what: string, Partial<Approval>, says: string]>([
    [
      'until when it waits',
      {},
      'waits for a decision until 2026-11-22 11:00:00 UTC, then it is restored',
    ],
    [
      'what happens then',
      { otherwise: 'alert' },
      'waits for a decision until 2026-11-22 11:00:00 UTC, then it is left as it is',
    ],
    [
      'that it went away',
      { endedAt: '2026-11-22T10:20:00.000Z' },
      'the drift was gone at 2026-11-22 10:20:00 UTC, before a decision',
    ],
    [
      'who approved it where',
      { decision: decision({}) },
      'approved by alice at 2026-11-22 10:30:00 UTC (Slack)',
    ],
    [
      'who rejected it and why',
      { decision: decision({ treatment: 'alert', via: 'cli', reason: 'CHG-9' }) },
      'rejected by alice at 2026-11-22 10:30:00 UTC (command line): CHG-9',
    ],
    [
      'that no one did',
      { decision: decision({ by: null, via: null }) },
      'no decision until 2026-11-22 11:00:00 UTC: it is restored',
    ],
    [
      'that it is left then',
      { decision: decision({ treatment: 'alert', by: null, via: null }) },
      'no decision until 2026-11-22 11:00:00 UTC: it is left as it is',
    ],
  ])('%s', (_what, more, says) => {
    expect(line(more)).toBe(`${fields}${says}`);
  });

  test('not who decided if principals are left out', () => {
    expect(line({ decision: decision({}) }, true)).toBe(
      `${fields}approved at 2026-11-22 10:30:00 UTC (Slack)`,
    );
  });
});

describe('an incident that waits for approval', () => {
  const wordingOf = (approvals: readonly Approval[], changes = [unencrypted]) => {
    const findings = [drifted('settings', ...changes)];
    const outcome = outcomeOf(findings, findings);
    return incidentWording(unresolved('awaiting-approval', outcome, { approvals }), {
      omitActors: false,
    });
  };

  test('says until when to decide, with the two commands', () => {
    const { callToAction, needsAction, commands = [] } = wordingOf([approval]);

    expect(callToAction).toBe(
      'Approve or reject the restore by 2026-11-22 11:00:00 UTC. Without a decision trailkeeper restores it then.',
    );
    expect(needsAction).toBe(true);
    expect(commands.map(({ value }) => value)).toEqual([
      `npx --no -- trailkeeper approve ${incident.id}`,
      `npx --no -- trailkeeper reject ${incident.id}`,
    ]);
  });

  test('says in the title that the restore waits, and what happens without a decision', () => {
    const { title, callToAction } = wordingOf([{ ...approval, otherwise: 'alert' }]);

    expect(title).toBe('main has drifted; its restore waits for approval');
    expect(callToAction).toMatch(/Without a decision trailkeeper leaves it as it is then\.$/);
  });

  test('says of each field that its restore waits, or would in mode enforce', () => {
    const asked = { ...unencrypted, treatment: 'approve' } as const;
    const reported = { ...stopped, treatment: 'alert' } as const;
    const todo = (mode: 'observe' | 'enforce', ...changes: (typeof asked | typeof reported)[]) => {
      const found = [drifted('settings', ...changes)];
      const outcome = outcomeOf(found, found);
      const open = unresolved('awaiting-approval', { ...outcome, mode });
      return todoSection(open, { omitActors: false } as AlertOptions).lines;
    };

    expect(todo('enforce', asked)).toEqual(['settings: KmsKeyId: its restore waits for approval']);
    expect(todo('observe', asked)).toEqual([
      'settings: KmsKeyId: in mode enforce, its restore waits for approval',
    ]);
    expect(todo('enforce', reported, asked)).toEqual([
      'settings: IsLogging, KmsKeyId: its restore waits for approval',
    ]);
    expect(todo('enforce', reported)).toEqual([
      'settings: IsLogging: the policy of the baseline reports it without restoring it',
    ]);
  });

  test('says first that events are lost meanwhile', () => {
    const lossy = { ...unencrypted, impact: { ...unencrypted.impact, losesCoverage: true } };

    expect(wordingOf([approval], [lossy]).callToAction).toMatch(/^Events are being lost\. Approve/);
  });

  test('asks for nothing once someone decided', () => {
    expect(wordingOf([{ ...approval, decision: decision({}) }])).toMatchObject({
      callToAction: 'The next sweep carries out the decision.',
      needsAction: false,
      commands: [],
    });
  });
});
