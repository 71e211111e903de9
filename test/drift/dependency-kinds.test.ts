import { describe, expect, test } from 'vitest';
import { dependencyKinds } from '#drift/index.ts';
import { diff, type Json } from '#text/diff.ts';
import { now, settings, states, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import { call } from '../support/recorded-calls.ts';

// The contract of the kinds of what a trail depends on, beside that of every kind.

/** The settings of a trail that has none of them but its bucket. */
const alone = {
  ...settings,
  CloudWatchLogsLogGroupArn: null,
  CloudWatchLogsRoleArn: null,
  KmsKeyId: null,
  SnsTopicARN: null,
};
const unreadable = 'not readable';
const nothing = {
  ...{ trails: [], roles: '', cloudWatchLogsRoles: [], buckets: [], keys: [], topics: [] },
  ...{ logGroups: [], logRoles: [] },
  restorable: {
    buckets: [],
    replicationRoles: [],
    keys: [],
    topics: [],
    logGroups: [],
    logRoles: [],
    alarms: [],
  },
};

/** The value with each of its parts, one after another, replaced by something else. */
function* spoiled(value: unknown): Generator<unknown> {
  yield* [{ unheard: true }, true, 7, '', [], [7]];
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) yield [...value, ...value];
  for (const [name, member] of Object.entries(value)) {
    for (const other of spoiled(member)) {
      yield Array.isArray(value) ? [other] : { ...value, [name]: other };
    }
  }
}

/** Without these, alarms may be silent, but log files are delivered. */
const ofMonitoring = ['log-group', 'log-role', 'alarms'];

/** Of these fields another one says so, or their impact says more. */
const otherwise = ['Region', 'Owner', 'KmsMasterKeyId'];

describe.each(dependencyKinds)('$name', (kind) => {
  const desired: object = Reflect.get(states, kind.name);
  const fields = Object.keys(desired);
  const readable = fields.filter((field) => !otherwise.includes(field));
  const all = (value: unknown) => Object.fromEntries(fields.map((field) => [field, value]));
  const observed = async (state: object, named: object) => {
    const { aws, asked } = answering({});
    const seen = await kind.observe(aws, trail, now, { [kind.name]: state, settings: named });
    return { seen, asked };
  };

  test('that cannot be read any more is reported with the missing permission and the field to ignore', () => {
    const granted = kind.permissions.observe.flatMap(({ actions }) => actions);
    for (const field of readable) {
      const actual = { ...desired, [field]: unreadable };
      const [change, ...others] = diff(desired as Json, actual as Json);
      if (change === undefined || others.length > 0) throw new Error('not one field has changed');

      const { description, severity } = kind.impact(change, desired, actual);

      expect(description).toMatch(/^\S.* cannot be (read|checked)/);
      expect(description).toContain(`ignore ${kind.name}.${field}`);
      if (ofMonitoring.includes(kind.name)) expect(severity).toBe('low');
      expect(granted.some((action) => description.includes(action))).toBe(true);
    }
  });

  test('that could not be read at the capture is not protected', () => {
    for (const field of readable) {
      const observed = { ...desired, [field]: unreadable };

      expect(kind.toBaseline?.(observed)).toEqual({ ...desired, [field]: null });
    }
  });

  test('that a capture read is stored as it is', () => {
    expect(kind.toBaseline?.(desired)).toEqual(desired);
  });

  test('is not read if the baseline does not protect it', async () => {
    if (kind.name === 'bucket') return;
    expect(await observed(all(null), settings)).toEqual({ seen: all(null), asked: [] });
  });

  test('is in sync if the trail of the baseline has none', async () => {
    if (kind.name === 'bucket') return;
    const state = kind.name === 'alarms' ? all(null) : desired;

    expect(await observed(state, alone)).toEqual({ seen: state, asked: [] });
  });

  test('is not protected if the trail has none at the capture', async () => {
    if (kind.name === 'bucket') return;
    const { aws, asked } = answering({});

    const observed = await kind.observe(aws, trail, now, { settings: alone });

    expect(kind.toBaseline?.(observed ?? {})).toEqual(all(null));
    expect(asked).toEqual([]);
  });

  test('must exist, and no more, if it was gone at the capture', () => {
    if (!fields.includes('Existence')) return;

    expect(kind.toBaseline?.({ Existence: 'gone' })).toEqual({ ...all(null), Existence: 'there' });
  });

  test('needs no permission if no trail has one', () => {
    const { observe, repair } = kind.permissions;
    const granted = [...observe, ...repair]
      .filter(({ actions }) => !actions.includes('cloudtrail:GetTrail'))
      .flatMap(({ resources }) => resources(nothing));

    expect(granted).toEqual([]);
  });

  test('is not changed by a call as far as it is not protected', () => {
    for (const { eventSource, eventNames } of kind.triggers) {
      for (const eventName of eventNames) {
        const recorded = call({ seconds: 1, eventSource, eventName, parameters: null });
        const effect = kind.historyModel.applyCall(recorded, all(null), trail);

        expect([effect?.set ?? {}, effect?.indeterminate ?? []]).toEqual([{}, []]);
      }
    }
  });

  test('is unknown if a trail names no bucket', async () => {
    const { aws } = answering({ Trail: { TrailARN: trail.arn } });

    await expect(kind.observe(aws, trail, now)).rejects.toThrow('no S3BucketName');
  });

  test('is nothing that can be captured without a trail', async () => {
    const { aws } = refusing('TrailNotFoundException');

    expect(await kind.observe(aws, trail, now)).toBeNull();
  });

  test('stays when the trail is deleted', () => {
    expect(kind.isOutsideTrail).toBe(true);
  });

  test('may be declared in part', async () => {
    if (kind.fileFormat === undefined) return;
    for (const field of fields) {
      const part = { [field]: Reflect.get(desired, field) };

      expect(kind.fileFormat.schema.safeParse(part).success).toBe(true);
      expect(await kind.fileFormat.resolve(part, trail, async (key) => key)).toEqual(part);
    }
  });

  test('is stored only in a valid form, and an error says what that is', () => {
    const wrong = fields.flatMap((field) =>
      [...spoiled(Reflect.get(desired, field))].map((value) => ({ ...desired, [field]: value })),
    );
    const messages = wrong.flatMap(
      (state) => kind.state.safeParse(state).error?.issues.map(({ message }) => message) ?? [],
    );

    expect(messages.length).toBeGreaterThanOrEqual(fields.length);
    for (const message of messages)
      expect(message).toMatch(
        /^(must \S+ .*\S|is missing|Unrecognized key.*|Invalid input: expected \w+, .*)$/,
      );
  });

  test('is not written if it was not observed, or cannot be read', () => {
    expect(kind.repair(desired, null, trail, states)).toEqual([]);
    for (const field of readable) {
      const actual = { ...desired, [field]: unreadable };

      expect([field, kind.repair(desired, actual, trail, states)]).toEqual([field, []]);
    }
  });

  test('is not written as far as it was not reported', () => {
    for (const field of readable) {
      const reported = Object.entries(desired).filter(([name]) => name !== field);

      expect(kind.repair(desired, Object.fromEntries(reported), trail, states)).toEqual([]);
    }
  });

  test('is not written if the baseline does not name it', () => {
    if (kind.name === 'alarms') return;
    for (const known of [undefined, {}, { settings: alone }]) {
      const unusable = { ...desired, Existence: 'gone', KeyState: 'Disabled' };

      expect(kind.repair(desired, unusable, trail, known)).toEqual([]);
    }
  });

  test('is not written as far as it is not protected', () => {
    const { Owner = null } = desired as { readonly Owner?: string };
    const other = { ...all([]), Existence: null, KeyState: 'Disabled', Owner, Region: null };

    expect(kind.repair(all(null), other, trail, states)).toEqual([]);
  });
});

describe('a key', () => {
  const [key] = dependencyKinds.filter(({ name }) => name === 'key');

  test.each([
    ...['AccessDenied', 'AccessDeniedException'],
    ...['AuthorizationError', 'AuthorizationErrorException'],
  ])('that AWS refuses to show with %s is not readable', async (error) => {
    const { aws } = refusing(error);

    expect(await key?.observe(aws, trail, now, { settings })).toMatchObject({
      KeyState: 'not readable',
    });
  });

  test('is read if one part of it is protected', async () => {
    const part = { ...states.key, KeyState: null, RotationPeriodInDays: null, Denials: null };
    const { aws, asked } = answering({});

    await key?.observe(aws, trail, now, { settings, key: part }).catch(() => null);

    expect(asked).not.toEqual([]);
  });
});
