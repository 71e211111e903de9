import { describe, expect, test } from 'vitest';
import type { Aws } from '#aws/clients.ts';
import type { DriftKind, Refusal, Step } from '#drift/kind.ts';
import { apply } from '#reconcile/apply.ts';
import type { AppliedStep } from '#reconcile/outcome.ts';
import type { Finding, Plan } from '#reconcile/plan.ts';
import type { Change } from '#text/diff.ts';
import { trail } from '../support/baseline.ts';
import { drift } from '../support/incident-fixtures.ts';

const step = (action: string): Step => ({ action, input: {} });

/** A kind whose steps AWS refuses with an error, by their action, and the parts of those that can be split. */
function kindNamed(
  name: string,
  errors: Readonly<Record<string, string>>,
  parts: Readonly<Record<string, readonly string[]>> = {},
) {
  const sent: string[] = [];
  const refusals: Refusal[] = [];
  const kind = {
    name,
    async apply(_aws: Aws, { action }: Step) {
      sent.push(action);
      const error = errors[action];
      if (error !== undefined) throw Object.assign(new Error('no'), { name: error });
    },
    decompose({ action }: Step, refusal: Refusal) {
      refusals.push(refusal);
      return (parts[action] ?? []).map(step);
    },
  } as unknown as DriftKind;
  return { kind, sent, refusals };
}

const drifted = (kind: string, actions: readonly string[], path = 'color'): Finding => ({
  ...{ kind, status: 'drifted', steps: actions.map(step) },
  changes: [{ ...drift('blue'), path }],
});

const planWith = (...findings: readonly Finding[]): Plan => ({
  trail: trail.arn,
  version: 1,
  findings,
});

async function applied(plan: Plan, ...kinds: readonly { readonly kind: DriftKind }[]) {
  const reported: AppliedStep[] = [];
  const { steps, attempts } = await apply(plan, {
    kinds: kinds.map(({ kind }) => kind),
    aws: {} as Aws,
    onStep: (one) => reported.push(one),
  });
  return { steps, reported, attempts };
}

describe('each step of a plan', () => {
  test('is attempted, in the order of the kinds, and reported as it is recorded', async () => {
    const [paint, roof] = [kindNamed('paint', { Sand: 'AccessDenied' }), kindNamed('roof', {})];
    const plan = planWith(drifted('roof', ['Tile']), drifted('paint', ['Sand', 'Paint']));

    const { steps, reported, attempts } = await applied(plan, paint, roof);

    expect([paint.sent, roof.sent]).toEqual([['Sand', 'Paint'], ['Tile']]);
    expect(reported).toEqual(steps);
    expect(steps).toMatchObject([
      { kind: 'paint', action: 'Sand', status: 'failed', error: 'AccessDenied', message: 'no' },
      { kind: 'paint', action: 'Paint', status: 'applied' },
      { kind: 'roof', action: 'Tile', status: 'applied' },
    ]);
    expect(attempts.get('paint')).toMatchObject({ result: 'applied', failed: [step('Sand')] });
    expect(attempts.get('roof')).toEqual({
      result: 'applied',
      steps: [step('Tile')],
      paths: new Set(['color']),
      failed: [],
      refusedFor: new Set(),
    });
  });

  test('is none for a kind that is in sync', async () => {
    const paint = kindNamed('paint', {});

    const { steps, attempts } = await applied(
      planWith({ kind: 'paint', status: 'in-sync' }),
      paint,
    );

    expect([steps, paint.sent]).toEqual([[], []]);
    expect(attempts.get('paint')).toMatchObject({ result: 'failed', steps: [], failed: [] });
  });

  test('that is refused says for which dependency', async () => {
    const paint = kindNamed('paint', { Paint: 'InsufficientS3BucketPolicyException' });

    const { attempts } = await applied(planWith(drifted('paint', ['Paint'])), paint);

    expect(attempts.get('paint')).toMatchObject({
      result: 'failed',
      refusedFor: new Set(['bucket']),
    });
  });

  test.each(['TrailNotFoundException', 'TrailAlreadyExistsException'])(
    'that is refused because the trail has changed is stale, and so is its kind: %s',
    async (error) => {
      const paint = kindNamed('paint', { Paint: error });

      const { attempts } = await applied(planWith(drifted('paint', ['Sand', 'Paint'])), paint);

      expect(attempts.get('paint')).toMatchObject({
        result: 'stale',
        steps: [step('Sand'), step('Paint')],
        failed: [],
        refusedFor: new Set(),
      });
    },
  );
});

test('a step is attempted although no one listens, and its kind has no parts', async () => {
  const { kind, sent } = kindNamed('paint', { Sand: 'AccessDenied' });
  const { decompose: _, ...whole } = kind;
  const plan = planWith(drifted('paint', ['Sand', 'Paint']));

  const { steps } = await apply(plan, { kinds: [whole], aws: {} as Aws });

  expect(sent).toEqual(['Sand', 'Paint']);
  expect(steps).toHaveLength(2);
});

describe('a refused step with parts', () => {
  const parts = { Paint: ['Wall', 'Door', 'Gate'] };
  const plan = planWith(drifted('paint', ['Paint']));

  test('is attempted in parts, and the result is that of any part', async () => {
    const paint = kindNamed('paint', { Paint: 'KmsException', Wall: 'AccessDenied' }, parts);

    const { steps, reported, attempts } = await applied(plan, paint);

    expect(paint.sent).toEqual(['Paint', 'Wall', 'Door', 'Gate']);
    expect(steps).toHaveLength(4);
    expect(reported).toEqual(steps);
    expect(attempts.get('paint')).toMatchObject({ result: 'applied', failed: [step('Wall')] });
    const changes = [expect.objectContaining({ path: 'color' }) as Change];
    expect(paint.refusals[0]).toEqual({ error: 'KmsException', message: 'no', changes });
  });

  test('leaves the remedy, and whether a retry can help, to its parts', async () => {
    const refused = { Paint: 'AccessDeniedException', Wall: 'AccessDeniedException' };
    const paint = kindNamed('paint', refused, parts);

    const { steps } = await applied(plan, paint);

    expect(steps[0]).toMatchObject({ remedy: null, retryable: false });
    expect(steps[1]).toMatchObject({ remedy: expect.any(String) });
  });

  test('that may only be repeated is not split', async () => {
    const paint = kindNamed('paint', { Paint: 'ThrottlingException' }, parts);

    const { steps } = await applied(plan, paint);

    expect(paint.sent).toEqual(['Paint']);
    expect(steps).toMatchObject([{ status: 'failed', retryable: true }]);
  });

  test('is attempted no further if the trail has changed', async () => {
    const gone = { Paint: 'KmsException', Door: 'TrailNotFoundException' };
    const paint = kindNamed('paint', gone, parts);
    const none = kindNamed('paint', { ...gone, Wall: 'AccessDenied' }, parts);

    expect((await applied(plan, paint)).attempts.get('paint')).toMatchObject({ result: 'applied' });
    expect(paint.sent).toEqual(['Paint', 'Wall', 'Door']);
    expect((await applied(plan, none)).attempts.get('paint')).toMatchObject({ result: 'stale' });
  });

  test('fails if every part fails', async () => {
    const every = { Paint: 'KmsException', Wall: 'AccessDenied', Door: 'X', Gate: 'Y' };

    const { attempts } = await applied(plan, kindNamed('paint', every, parts));

    expect(attempts.get('paint')).toMatchObject({
      result: 'failed',
      failed: [step('Wall'), step('Door'), step('Gate')],
    });
  });
});

describe('of a missing trail', () => {
  const missing = planWith(drifted('paint', ['Create'], ''), drifted('roof', ['Tile']));

  test('nothing else is attempted if it cannot be created, and it waits for the same', async () => {
    const [paint, roof] = [
      kindNamed('paint', { Create: 'InsufficientSnsTopicPolicyException' }),
      kindNamed('roof', {}),
    ];

    const { attempts } = await applied(missing, paint, roof);

    expect(roof.sent).toEqual([]);
    for (const kind of ['paint', 'roof']) {
      expect(attempts.get(kind)).toMatchObject({
        result: 'failed',
        refusedFor: new Set(['topic']),
      });
    }
    expect(attempts.get('roof')).toMatchObject({ failed: [], steps: [step('Tile')] });
  });

  test('the rest is attempted once it is created, although its creation was refused as a whole', async () => {
    const paint = kindNamed('paint', { Create: 'KmsException' }, { Create: ['Bare', 'Key'] });
    const roof = kindNamed('roof', {});

    await applied(missing, paint, roof);

    expect([paint.sent, roof.sent]).toEqual([['Create', 'Bare', 'Key'], ['Tile']]);
  });

  test('nothing else is attempted although a kind outside it was restored', async () => {
    const [access, paint, roof] = [
      kindNamed('access', {}),
      kindNamed('paint', { Create: 'AccessDenied' }),
      kindNamed('roof', {}),
    ];

    await applied(
      planWith(drifted('access', ['Enable']), ...missing.findings),
      ...[access, paint, roof],
    );

    expect([access.sent, roof.sent]).toEqual([['Enable'], []]);
  });

  test.each([
    ['after it is created', {}],
    ['though it cannot be created', { CreateTrail: 'AccessDenied' }],
  ])('what it does not need of a kind outside it is restored %s', async (_when, errors) => {
    const outside = {
      isOutsideTrail: true,
      isNeededByTrail: ({ action }: Step) => action !== 'Mow',
    };
    const garden = { kind: { ...kindNamed('garden', {}).kind, ...outside } };

    const { reported, attempts } = await applied(
      planWith(drifted('garden', ['Mow', 'Fence']), drifted('settings', ['CreateTrail'], '')),
      ...[garden, kindNamed('settings', errors)],
    );

    expect(reported.map(({ action }) => action)).toEqual(['Fence', 'CreateTrail', 'Mow']);
    expect(attempts.get('garden')?.result).toBe('applied');
  });

  test('it is created although a kind that only people restore comes first', async () => {
    const [access, paint] = [kindNamed('access', {}), kindNamed('paint', {})];

    await applied(planWith(drifted('access', [], ''), ...missing.findings), access, paint);

    expect(paint.sent).toEqual(['Create']);
  });

  test('each part is attempted once the first one has created it', async () => {
    const errors = { Create: 'KmsException', Key: 'AccessDenied' };
    const paint = kindNamed('paint', errors, { Create: ['Bare', 'Key', 'Tags'] });

    await applied(missing, paint);

    expect(paint.sent).toEqual(['Create', 'Bare', 'Key', 'Tags']);
  });

  test('parts are attempted only after the first one has created it', async () => {
    const errors = { Create: 'KmsException', Bare: 'AccessDenied' };
    const paint = kindNamed('paint', errors, { Create: ['Bare', 'Key'] });

    await applied(missing, paint);

    expect(paint.sent).toEqual(['Create', 'Bare']);
  });

  test('all is attempted if one of its kinds has made it', async () => {
    const [paint, roof, door] = [
      kindNamed('paint', {}),
      kindNamed('roof', { Tile: 'AccessDenied' }),
      kindNamed('door', {}),
    ];
    const plan = planWith(
      drifted('paint', ['Create'], ''),
      drifted('roof', ['Tile'], ''),
      drifted('door', ['Hang']),
    );

    await applied(plan, paint, roof, door);

    expect(door.sent).toEqual(['Hang']);
  });
});
