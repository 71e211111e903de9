import {
  AddTagsCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { commandsOf } from '../support/commands.ts';
import { jsonFile } from '../support/temp-files.ts';
import { trailCalls } from '../support/trail-calls.ts';

const account = testAccount();

let asCaptured: unknown;

beforeAll(async () => {
  asCaptured = await account.auditTrail();
});

afterEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});

const { run, json, inForce } = commandsOf(account);

/** The baseline that `show --json` prints. */
const shown = async () => (await json('show')).value.baseline;

const { update } = trailCalls(account);

const tag = (Key: string) =>
  account.outsider.send(
    new AddTagsCommand({ ResourceId: account.trail, TagsList: [{ Key, Value: 'x' }] }),
  );

describe('the history of a baseline', () => {
  test('lists its versions, shows how two of them differ, and goes back to one', async () => {
    await tag('team');
    await run('capture', '--reason', 'a tag', '--yes');

    const history = await run('history');
    expect(history.stdout).toMatch(/^2 in force .* a tag +tags\.TagsList$/m);
    expect(history.stdout).toMatch(/^1 .* first capture$/m);

    const difference = await run('diff', '1', '2');
    expect(difference.code).toBe(0);
    expect(difference.stdout).toMatch(/version 1 to 2:\n {2}tags\.TagsList\n {4}\+ .*"team"/);

    const back = await run('rollback', '1', '--reason', 'tagged by mistake', '--yes');
    expect(back.code).toBe(0);
    expect(back.stdout).toContain('the next sweep restores');
    expect(back.stdout).toContain('captured org-trail (us-east-1), version 3');
    await account.swept();
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('is JSON if asked', async () => {
    const { code, value } = await json('history');

    expect(code).toBe(0);
    expect(value).toMatchObject({
      trail: account.trail,
      versions: [{ version: 1, isCurrent: true, stored: { reason: 'first capture' } }],
    });
    expect((await json('diff', '1', '1')).value).toMatchObject({ from: 1, to: 1, changes: [] });
    expect((await json('rollback', '1', '--reason', 'x')).value).toMatchObject({
      status: 'unchanged',
    });
  });

  test('says which versions there are where another one is asked for', async () => {
    const { code, stderr } = await run('rollback', '7', '--reason', 'x', '--yes');

    expect(code).toBe(1);
    expect(stderr).toBe('error: org-trail (us-east-1) has no version 7: it has 1\n');
  });

  test('is compared with the live trail, with exit code 2 where that differs', async () => {
    await update({ S3KeyPrefix: 'moved' });

    const { code, stdout } = await run('diff', '1', 'live');

    expect(code).toBe(2);
    expect(stdout).toContain('settings.S3KeyPrefix is "moved", was "cloudtrail"');
  });
});

test('show reports every field of a baseline, and what it leaves open', async () => {
  const trail = await otherTrail('weak-trail');
  await run('capture', trail, '--yes');

  const { code, stdout } = await run('show', 'weak-trail');

  expect(code).toBe(0);
  expect(stdout).toMatch(/settings\.IsMultiRegionTrail +false/);
  expect(stdout).toMatch(/settings\.KmsKeyId +absent/);
  expect(stdout).toMatch(/bucket\.Versioning +not captured/);
  expect(stdout).toContain('advice events of other Regions are not recorded');
  expect(stdout).toContain('advice log files can be changed unnoticed');
  expect(stdout).toContain('encrypt it with a KMS key');
  const { value } = await json('show', 'weak-trail');
  expect(value).toMatchObject({ baseline: { trail, version: 1 }, windows: [] });
  expect(value.hardeningAdvice).toHaveLength(3);
});

describe('a baseline file', () => {
  const tooManySelectors = {
    EventSelectors: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [`${name}.amazonaws.com`],
    })),
    AdvancedEventSelectors: null,
  };

  test('that was printed by show --json and changed becomes the next version, with a reason', async () => {
    const exported = await shown();
    expect(Object.keys(exported).toSorted()).toEqual(
      [
        ...['schema', 'trail', 'version', 'previous', 'capturedAt', 'capturedBy', 'reason'],
        ...['states', 'policy'],
      ].toSorted(),
    );
    exported.states.settings.KmsKeyId = 'alias/org-trail';
    exported.states.tags.TagsList = [];
    const changed = await jsonFile(exported);

    const refused = await run('import', changed, '--yes');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('tags.TagsList\n    - {"Key":"owner", "Value":"security"}');
    const taken = await run('import', changed, '--reason', 'no tags', '--yes');

    expect(taken.code).toBe(0);
    const value = await shown();
    expect(value).toMatchObject({
      version: 2,
      reason: 'no tags',
      states: { tags: { TagsList: [] } },
    });
    expect(value.states.settings.KmsKeyId).toMatch(/^arn:aws:kms:us-east-1:111122223333:key\//);
    expect((await run('restore', '--yes')).code).toBe(0);
    expect(await account.auditTrail()).toMatchObject({ Tags: [] });
  });

  test('may name the log group without :*, and protects the trail', async () => {
    const exported = await shown();
    const { settings } = exported.states;
    settings.CloudWatchLogsLogGroupArn = settings.CloudWatchLogsLogGroupArn.replace(/:\*$/, '');

    const imported = await run('import', await jsonFile(exported), '--reason', 'from IaC', '--yes');
    await account.swept();
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, S3BucketName: 'attacker-bucket' }),
    );
    await account.swept();
    await account.swept();

    expect(imported.code).toBe(0);
    expect(await account.auditTrail()).toEqual(asCaptured);
    expect((await run('plan')).code).toBe(0);
  });

  test('may leave out what the live trail reports of its bucket', async () => {
    const exported = await shown();
    const { bucket } = exported.states;
    exported.states.bucket = { Owner: bucket.Owner };

    const imported = await run('import', await jsonFile(exported), '--reason', 'by hand', '--yes');

    expect(imported.code).toBe(0);
    expect((await shown()).states.bucket).toEqual(bucket);
  });

  test('answers what it came to as JSON, be it stored or not', async () => {
    const exported = await shown();
    exported.states.tags.TagsList = [];
    const changed = await jsonFile(exported);

    const refused = await json('import', changed, '--yes');
    const taken = await json('import', changed, '--reason', 'no tags', '--yes');

    expect(refused).toMatchObject({ code: 2, value: { status: 'differs' } });
    expect(taken).toMatchObject({
      code: 0,
      value: { status: 'captured', baseline: { version: 2, states: { tags: { TagsList: [] } } } },
    });
    expect(await inForce(account.trail)).toMatchObject({ version: 2 });
  });

  test('brings back a trail that is gone, and reports so before', async () => {
    const exported = await jsonFile((await json('show')).value);
    await run('retire', '--reason', 'moving', '--yes');
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));

    const { code, stdout } = await run('import', exported, '--yes');

    expect(code).toBe(0);
    expect(stdout).toContain('does not exist: in enforce mode the next sweep creates it');
    await account.swept();
    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test.each([
    [{ schema: 2 }, 'schema: must be 1'],
    [{ trail: 'org-trail' }, 'trail: "org-trail" is not a trail ARN'],
    [{ color: 'blue' }, 'color'],
    [{ states: { moonlight: {} } }, 'states: has fields that'],
    [
      { policy: { tags: 'skip' } },
      'policy.tags: must be "restore", "approve", "approve-coverage-loss", "alert" or "ignore"',
    ],
    [{ states: { tags: {} } }, 'states.tags.TagsList: is missing'],
    [
      { states: { 'event-selectors': tooManySelectors } },
      'EventSelectors: must hold at most 5 selectors',
    ],
  ])('with %j is refused, naming the field', async (patch, message) => {
    const exported = await shown();

    const { code, stdout, stderr } = await run(
      'import',
      await jsonFile({ ...exported, ...patch }),
      '--yes',
    );

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('import --from-terraform', () => {
  const moduleOf = (values: object) => ({
    values: {
      root_module: {
        child_modules: [
          {
            resources: [
              {
                address: 'module.audit.aws_cloudtrail.main',
                mode: 'managed',
                type: 'aws_cloudtrail',
                values,
              },
            ],
          },
        ],
      },
    },
  });
  /** The trail of the sandbox, as Terraform describes it. */
  const orgTrail = {
    arn: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail',
    name: 'org-trail',
    s3_bucket_name: 'org-trail-logs',
    s3_key_prefix: 'cloudtrail',
    sns_topic_name: 'org-trail-delivered',
    is_multi_region_trail: true,
    is_organization_trail: true,
    include_global_service_events: true,
    enable_log_file_validation: true,
    enable_logging: true,
    cloud_watch_logs_group_arn: 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail:*',
    cloud_watch_logs_role_arn: 'arn:aws:iam::111122223333:role/org-trail-to-cloudwatch-logs',
    kms_key_id: 'alias/org-trail',
    event_selector: [
      {
        read_write_type: 'All',
        include_management_events: true,
        exclude_management_event_sources: [],
        data_resource: [{ type: 'AWS::S3::Object', values: ['arn:aws:s3'] }],
      },
    ],
    advanced_event_selector: [],
    insight_selector: [
      { insight_type: 'ApiCallRateInsight' },
      { insight_type: 'ApiErrorRateInsight' },
    ],
    tags: null,
    tags_all: { owner: 'security' },
  };
  const imported = async (values: object, ...args: readonly string[]) => {
    const file = await jsonFile(moduleOf(values));
    return json('import', '--from-terraform', file, '--yes', ...args);
  };

  test('of the state that created the trail changes nothing', async () => {
    const { code, value } = await imported(orgTrail);

    expect(value.changes).toEqual([]);
    expect(code).toBe(0);
  });

  test('makes what Terraform declares the baseline, and keeps the kinds that it does not know', async () => {
    const { code, value } = await imported(
      { ...orgTrail, tags_all: { owner: 'audit' } },
      '--reason',
      'from Terraform',
    );

    expect(code).toBe(0);
    expect(value.baseline.states).toMatchObject({
      tags: { TagsList: [{ Key: 'owner', Value: 'audit' }] },
      aggregation: { AggregationConfigurations: [{ EventCategory: 'Data' }] },
    });
  });
});

test('import of a file that lacks something names each member', async () => {
  const file = await jsonFile({ schema: 1 });

  const { code, stderr } = await run('import', file);

  expect(code).toBe(1);
  expect(stderr).toContain('trail: is missing; states: is missing');
});

/** One more trail, logging; the reset after the test takes it away. */
async function otherTrail(Name: string): Promise<string> {
  const { TrailARN = '' } = await account.outsider.send(
    new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs' }),
  );
  await account.outsider.send(new StartLoggingCommand({ Name }));
  return TrailARN;
}
