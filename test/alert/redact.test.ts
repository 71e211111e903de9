import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redacted } from '#alert/redact.ts';
import type { AppliedStep } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import { cause, drifted, driftOf, incident, outcomeOf, stopped } from '../support/incident.ts';

const pseudonym = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);
const clean = <Told extends object>(told: Told) => redacted(told, pseudonym);

const failed: AppliedStep = {
  kind: 'settings',
  action: 'UpdateTrail',
  input: {},
  status: 'failed',
  error: 'KmsKeyNotFoundException',
  message: 'no such key',
  remedy: null,
  retryable: false,
};

describe('without personal data', () => {
  test('an incident names neither the principal nor where it called from, nor through what', () => {
    const told = JSON.stringify(
      clean({ ...incident, also: [{ ...cause, eventName: 'DeleteTrail' }] }),
    );

    expect(told).not.toMatch(/mallory|192\.0\.2\.7|aws-cli/);
    expect(told).toContain('StopLogging');
  });

  test('a session and its role are told apart from others, and are the same each time', () => {
    const session = (name: string) => ({
      ...cause,
      principal: {
        ...cause.principal,
        type: 'AssumedRole',
        name,
        arn: `arn:aws:sts::111122223333:assumed-role/Admin/${name}`,
        issuer: 'Admin',
        issuerArn: 'arn:aws:iam::111122223333:role/Admin',
      },
    });
    const of = (name: string) => clean({ ...incident, cause: session(name) }).cause?.principal;

    expect(of('alice')?.name).not.toBe(of('mallory')?.name);
    expect(of('alice')?.issuer).toBe(of('mallory')?.issuer);
    expect(of('alice')).toEqual(of('alice'));
    expect(JSON.stringify(of('alice'))).not.toMatch(/alice|Admin/);
  });

  test.each([
    ['arn:aws:iam::111122223333:user/team/carol'],
    ['arn:aws:sts::111122223333:assumed-role/Deploy/carol@example.com'],
    ['2001:db8::17'],
    ['203.0.113.9'],
  ])('what an attacker wrote into a selector, or AWS into a message, is gone: %s', (personal) => {
    const drift = driftOf('EventSelectors', [], [{ NotEquals: [personal] }], {
      ...stopped.impact,
      words: `events by ${personal} are no longer recorded`,
    });
    const told = clean({
      ...incident,
      cause: { ...cause, error: { code: 'AccessDenied', message: `User: ${personal} is not` } },
      outcome: outcomeOf([drifted('event-selectors', drift)], []),
    });

    expect(JSON.stringify(told)).not.toContain(personal);
    expect(JSON.stringify(told)).not.toContain('carol');
  });

  test('who asked for a Hold is not named', () => {
    const hold = { by: 'alice', reason: 'I am arn:aws:iam::111122223333:user/alice' };

    const withheld = { by: 'hold', hold: 'migration', askedBy: 'alice' };
    expect(JSON.stringify(clean({ hold, withheld }))).not.toContain('alice');
  });

  test('what names nobody stays: times, ids, trails, services, and words that look like names', () => {
    const service = {
      ...cause.principal,
      type: 'AWSService',
      name: 'config.amazonaws.com',
      arn: null,
    };
    const told = {
      ...incident,
      cause: { ...cause, principal: service, sourceIp: null, userAgent: null },
    };

    expect(clean(told)).toEqual({ ...told, cause: { ...told.cause, principal: { ...service } } });
  });

  test('a short name does not spoil the words that it is part of', () => {
    const principal = { ...cause.principal, name: 'log', arn: null };
    const told = clean({ ...incident, cause: { ...cause, principal } });

    expect(JSON.stringify(told)).toContain('nothing is recorded: logging is off');
  });

  test('whoever takes a word of ours for a name does not change what is told', () => {
    const held = {
      ...{ by: 'hold', hold: 'migration', until: '2026-11-22T18:00:00Z' },
      askedBy: 'alice',
    };
    const findings = [held, { by: 'pace' }, { by: 'gate' }].map((withheld) => {
      return { ...drifted('logging', stopped), withheld } as Finding;
    });
    const hold = { kinds: ['tags'], by: 'alice' };
    const told = { ...incident, outcome: outcomeOf(findings, findings, [failed]), hold };
    const ours =
      /^(?:status|severity|mode|path|treatment|kind|action|eventName|error|code|type|events)$/;
    const words = (value: unknown, key = '', parent = ''): string[] => {
      if (typeof value === 'string') {
        const isOurs = ours.test(key) || key === 'kinds' || (key === 'by' && parent === 'withheld');
        return isOurs ? [`${key}: ${value}`] : [];
      }
      if (Array.isArray(value)) return value.flatMap((member) => words(member, key, parent));
      return Object.entries(value ?? {}).flatMap(([name, member]) => words(member, name, key));
    };
    const all = words(told);
    const taken = fc.constantFrom(...all.map((word) => word.split(': ')[1] as string));

    expect(all).toContain('mode: enforce');
    expect(all).toContain('by: gate');
    fc.assert(
      fc.property(taken, (name) => {
        const principal = { ...cause.principal, name, issuer: name };
        const clear = { ...told, cause: { ...cause, principal } };

        expect(words(clean(clear))).toEqual(words(clear));
      }),
    );
  });

  test('no name is left, wherever it stands as a word', () => {
    const names = fc.stringMatching(/^[A-Za-z][\w+=,.@-]{3,30}[A-Za-z0-9]$/);
    fc.assert(
      fc.property(names, (name) => {
        fc.pre(!['root', 'principal'].includes(name));
        const principal = {
          ...cause.principal,
          name,
          arn: `arn:aws:iam::111122223333:user/${name}`,
        };
        const drift = driftOf('x', name, ` ${name} `, {
          ...stopped.impact,
          words: `by ${name}, so`,
        });
        const outcome = outcomeOf([drifted('tags', drift)], []);
        const told = clean({ ...incident, cause: { ...cause, principal }, outcome });

        expect(JSON.stringify([told.cause, told.outcome?.plan])).not.toMatch(
          new RegExp(`[" ]${name.replace(/[.+]/g, '\\$&')}[", ]`),
        );
      }),
    );
  });
});
