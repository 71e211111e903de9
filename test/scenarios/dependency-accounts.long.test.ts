import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from 'vitest';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import { bucketPolicyForCloudTrail } from '#sandbox/policy.ts';
import { deployment } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';

/** The log archive is a delegated administrator, too; another account forwards only the events of its dependencies. */
const archive = '222233334444';
const another = '333344445555';
const externalId = '9f1c0a7e5b3d4826a1c4e8f70b2d6395';
const dependencyAccounts = [archive, another].map((account) => ({ account, externalId }));
const dependencies = [
  { arn: 'arn:aws:s3:::org-trail-logs', account: archive, restore: true },
  { arn: 'arn:aws:s3:::another-bucket', account: another },
];
const dependent = { dependencies, dependencyAccounts };
const config = { ...deployment, mode: 'enforce', ...dependent };

const account = testAccount({ deployment: dependent });
beforeEach(() => account.reset());

const configOf = (accessKeyId: string) => ({
  endpoint: account.endpoint,
  region: account.region,
  credentials: { accessKeyId, secretAccessKey: 'any' },
});
const s3Of = (accessKeyId: string) =>
  new S3Client({ ...configOf(accessKeyId), forcePathStyle: true });
const role = { RoleName: 'Trailkeeper-Dependencies' };

describe('a bucket in another account', () => {
  const finding = async () => {
    const [report] = await account.swept();
    const findings = report && 'outcome' in report ? report.outcome.plan.findings : [];
    return findings.find(({ kind }) => kind === 'bucket');
  };
  const asRole = () =>
    account.calls.filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-Dep'));

  test('is read with the role there, without a bucket policy that allows it', async () => {
    await deployDependencies(account.endpoint, archive, config);
    await s3Of(archive).send(new DeleteBucketPolicyCommand({ Bucket: 'org-trail-logs' }));
    await s3Of(archive).send(
      new PutBucketPolicyCommand({
        Bucket: 'org-trail-logs',
        Policy: bucketPolicyForCloudTrail('org-trail-logs'),
      }),
    );

    expect(await finding()).toMatchObject({ status: 'in-sync' });
    expect(asRole()).toContainEqual(
      expect.objectContaining({
        principal: `arn:aws:sts::${archive}:assumed-role/Trailkeeper-Dependencies/trailkeeper`,
        service: 's3',
        error: null,
      }),
    );
  });

  test.each([
    ['the role is not deployed', async () => {}],
    [
      'the role has another external id',
      () =>
        deployDependencies(account.endpoint, archive, {
          ...config,
          dependencyAccounts: [{ account: archive, externalId: 'another-one' }],
        }),
    ],
  ])('is unknown, with the remedy, if %s', async (_what, prepare) => {
    await prepare();
    await account.restartFunctions();

    expect(await finding()).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining(
        `arn:aws:iam::${archive}:role/Trailkeeper-Dependencies cannot be assumed`,
      ),
    });
    expect(JSON.stringify(await finding())).toContain(
      `npx --no -- trailkeeper deploy --dependencies ${archive}`,
    );
    expect(asRole()).toEqual([]);
  });

  test('is reported within five minutes, with the remedy, if someone deletes the stack and its rules', async () => {
    await deployDependencies(account.endpoint, archive, config);
    await account.swept();
    account.deliver({ drop: false });
    await new CloudFormationClient(configOf(archive)).send(
      new DeleteStackCommand({ StackName: 'Trailkeeper-Dependencies' }),
    );
    await account.restartFunctions();

    await account.swept();
    await account.settled();

    expect(JSON.stringify(await account.slack())).toContain(
      `npx --no -- trailkeeper deploy --dependencies ${archive}`,
    );
  });

  test('is not read with the role by anyone but the functions', async () => {
    await deployDependencies(account.endpoint, archive, config);

    const { code, stderr } = await account.trailkeeper(['plan', account.trail]);

    expect([code, stderr]).toEqual([0, '']);
    expect(asRole()).toEqual([]);
  });
});

describe('the account of a dependency', () => {
  beforeEach(async () => {
    await deployDependencies(account.endpoint, another, config);
    account.deliver({ drop: false });
  });

  test('forwards the calls that concern a trail', async () => {
    account.deliver({ drop: true });
    const Bucket = 'another-bucket';
    const owner = s3Of(another);
    await owner.send(new CreateBucketCommand({ Bucket }));
    await owner.send(
      new PutBucketPolicyCommand({ Bucket, Policy: bucketPolicyForCloudTrail(Bucket) }),
    );
    const { TrailARN: trail = '' } = await account.outsider.send(
      new CreateTrailCommand({ Name: 'another-trail', S3BucketName: Bucket }),
    );
    await account.outsider.send(new StartLoggingCommand({ Name: trail }));
    const captured = await account.trailkeeper([
      'capture',
      trail,
      '--bucket-owner',
      another,
      '--yes',
    ]);
    expect(captured.code, captured.stderr).toBe(0);
    await account.swept();
    account.deliver({ drop: false });

    await owner.send(new DeleteBucketCommand({ Bucket }));
    await account.settled();

    const remediated = account.invocations.filter(({ payload }) =>
      JSON.stringify(payload).includes('"eventName":"DeleteBucket"'),
    );
    expect(remediated).toMatchObject([{ payload: { account: another } }]);
    expect(JSON.stringify(remediated)).toContain(trail);
  });

  const deletePolicies = async () => {
    const iam = new IAMClient(configOf(another));
    const { PolicyNames: [PolicyName] = [] } = await iam.send(new ListRolePoliciesCommand(role));
    await iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName }));
  };
  const tamperAlerts = async () => {
    const messages = (await account.notifications()).map(({ message }) => message);
    return messages.filter((text) => text.includes('a part of trailkeeper'));
  };
  const repair = `npx --no -- trailkeeper deploy --dependencies ${another}`;

  test.each([
    ['takes the permissions of the role away', deletePolicies],
    [
      'deletes the role',
      async () => {
        account.deliver({ drop: true });
        await deletePolicies();
        account.deliver({ drop: false });
        await new IAMClient(configOf(another)).send(new DeleteRoleCommand(role));
      },
    ],
    [
      'changes who may assume the role',
      () =>
        new IAMClient(configOf(another)).send(
          new UpdateAssumeRolePolicyCommand({
            ...role,
            PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
          }),
        ),
    ],
  ])('raises one tamper alert, with the repair, if someone %s', async (_what, tamper) => {
    await tamper();
    await account.settled();

    expect(await tamperAlerts()).toEqual([expect.stringContaining(repair)]);
    const inSlack = JSON.stringify(await account.slack());
    expect(inSlack).toContain(repair);
    expect(inSlack).not.toContain('cdk deploy --all');
  });
});

describe('the deployment', () => {
  const doctor = async () => {
    const { stdout } = await account.trailkeeper(['doctor', '--json']);
    const { checks } = JSON.parse(stdout);
    const { findings } = checks.find(({ name }: { name: string }) => name === 'dependencies');
    // What is in the account of the trail is not named here.
    return findings.filter(
      ({ message }: { message: string }) => !message.includes(account.account),
    );
  };

  test('is whole for the self-check and the doctor when the other accounts have their stacks', async () => {
    await deployDependencies(account.endpoint, archive, config);
    await deployDependencies(account.endpoint, another, config);

    expect(await account.selfCheck()).toEqual({ result: { faults: [] } });
    expect(await doctor()).toMatchObject([
      {
        status: 'ok',
        message: `the role in account ${archive} can be assumed with its external id`,
      },
      {
        status: 'ok',
        message: `the role in account ${another} can be assumed with its external id`,
      },
      {
        status: 'note',
        message: `arn:aws:s3:::org-trail-logs of account ${archive} is reported only: no baseline restores bucket`,
      },
      {
        status: 'ok',
        message: `arn:aws:s3:::another-bucket of account ${another} is reported only`,
      },
    ]);
  });

  test('is reported by the self-check with the command for the account whose stack differs', async () => {
    account.deliver({ drop: true });
    await deployDependencies(account.endpoint, archive, config);

    const { result } = await account.selfCheck();

    const [notification, ...others] = await account.notifications();
    expect([result, others]).toEqual([
      { faults: expect.arrayContaining([expect.stringContaining(another)]) },
      [],
    ]);
    expect(notification?.message).toContain(
      `with credentials of account ${another}: npx --no -- trailkeeper deploy --dependencies ${another}`,
    );
    expect(notification?.message).not.toContain('cdk deploy');
    account.deliver({ drop: false });
    await account.settled();
    expect(JSON.stringify(await account.slack())).not.toContain('cdk deploy');
  });

  test('is not, while another account has no stack or another external id', async () => {
    await deployDependencies(account.endpoint, another, {
      ...config,
      dependencyAccounts: [{ account: another, externalId: 'another-one' }],
      dependencies: [],
    });

    const [first, second] = await doctor();

    for (const [finding, of] of [
      [first, archive],
      [second, another],
    ]) {
      expect(finding).toMatchObject({
        status: 'wrong',
        message: `what trails depend on in account ${of} cannot be read`,
        remedy: expect.stringContaining(`npx --no -- trailkeeper deploy --dependencies ${of}`),
      });
    }
  });
});
