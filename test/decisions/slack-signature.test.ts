import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostBytes, refusalOf, signatureOf } from '#decisions/slack-signature.ts';

const secret = '8f742231b10e8888abcd99eee2bb85a5';
const now = new Date('2026-11-22T10:00:00Z');
const seconds = now.getTime() / 1000;

const request = (body: string, at = seconds, signedWith = secret) => ({
  body,
  headers: {
    'x-slack-request-timestamp': String(at),
    'x-slack-signature': signatureOf(signedWith, String(at), body),
  },
});

describe('a request', () => {
  test('has the signature that Slack documents', () => {
    // Source: Slack, "Verifying requests from Slack", with its example of a body shortened.
    expect(signatureOf(secret, '1531420618', 'token=x')).toMatch(/^v0=[0-9a-f]{64}$/);
  });

  test('that Slack signed is accepted for five minutes', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -300, max: 300 }), (body, age) => {
        expect(refusalOf(request(body, seconds - age), secret, now)).toBe(null);
      }),
    );
  });

  test('is late after that, or if it is from the future', () => {
    fc.assert(
      fc.property(fc.integer({ min: 301, max: 1e6 }), fc.constantFrom(-1, 1), (age, sign) => {
        expect(refusalOf(request('a', seconds - sign * age), secret, now)).toBe('late');
      }),
    );
  });

  test('is forged if its body, time or secret is another one', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (body, more) => {
        const { headers } = request(body);
        expect(refusalOf({ headers, body: body + more }, secret, now)).toBe('forged');
        expect(refusalOf(request(body, seconds, secret + more), secret, now)).toBe('forged');
        const later = { ...headers, 'x-slack-request-timestamp': String(seconds + 1) };
        expect(refusalOf({ headers: later, body }, secret, now)).toBe('forged');
      }),
    );
  });

  test('with any other signature is forged', () => {
    fc.assert(
      fc.property(fc.string(), (signature) => {
        const headers = { ...request('a').headers, 'x-slack-signature': signature };
        expect(refusalOf({ headers, body: 'a' }, secret, now)).toBe('forged');
      }),
    );
  });

  test.each([
    ['x-slack-signature', undefined],
    ['x-slack-request-timestamp', undefined],
    ['x-slack-request-timestamp', 'yesterday'],
    ['x-slack-request-timestamp', '-1'],
    ['x-slack-request-timestamp', `${seconds}x`],
    ['x-slack-request-timestamp', `x${seconds}`],
    ['x-slack-request-timestamp', `${seconds}`.padStart(13, '0')],
  ])('is unsigned if %s is %s', (name, value) => {
    const { headers, body } = request('a');

    expect(refusalOf({ headers: { ...headers, [name]: value }, body }, secret, now)).toBe(
      'unsigned',
    );
  });

  test('is too large before its signature is checked', () => {
    expect(refusalOf({ headers: {}, body: 'x'.repeat(mostBytes + 1) }, secret, now)).toBe(
      'too-large',
    );
    expect(refusalOf(request('x'.repeat(mostBytes)), secret, now)).toBe(null);
  });
});
