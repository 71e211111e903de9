import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { GetTrailCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DeleteImportedKeyMaterialCommand,
  EnableKeyRotationCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  KMSClient,
  ReplicateKeyCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditKey } from '#sandbox/audit-dependencies.ts';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import { attacksOnKey } from '#sandbox/key-attacks.ts';
import { allowAccount } from '#sandbox/kms-policy.ts';
import { withStatements } from '#sandbox/policy.ts';
import { delegate as archive, deployment, topicArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { profile } from '../support/temp-files.ts';

// Threats C on keys that are not as that of the other tests: multi-Region keys, and keys with imported material; and on aliases.

/** The ids that the sandbox gives to the next key. */
const multiRegion = 'mrk-4b227777d4dd1fc61c6f884f48641d02';
const single = '00000000-0000-4000-8000-000000000004';
const [home, elsewhere] = ['us-east-1', 'eu-central-1'];
const owners = { 'the account of the trail': '111122223333', 'the log archive': archive };
const arnOf = (id: string, owner: string): string => `arn:aws:kms:${home}:${owner}:key/${id}`;

const configFor = (owner: string) => ({
  dependencies: [
    ...[multiRegion, single].map((id) => ({ arn: arnOf(id, owner), restore: true })),
    { arn: topicArn },
    { arn: 'arn:aws:s3:::org-trail-logs', account: archive },
    { arn: 'arn:aws:logs:us-east-1:111122223333:log-group:org-trail' },
    { arn: 'arn:aws:iam::111122223333:role/org-trail-to-cloudwatch-logs' },
  ],
  dependencyAccounts: [{ account: archive, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
});

const cloudtrail = (Action: readonly string[]) => ({
  Effect: 'Allow',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  Action,
  Resource: '*',
});
const policyOf = (owner: string): string =>
  withStatements(
    null,
    allowAccount(owner),
    cloudtrail(['kms:GenerateDataKey*', 'kms:DescribeKey']),
  );

describe.each(Object.entries(owners))('a key of %s', (_whose, owner) => {
  const config = configFor(owner);
  const account = testAccount({ deployment: config });
  beforeEach(async () => {
    await account.reset();
    account.recycle();
    account.deliver({ drop: true, lambdaRetryMs: 10 });
    await deployDependencies(account.endpoint, archive, {
      ...deployment,
      ...config,
      mode: 'enforce',
    });
  });

  const ways = {
    'by its event': async () => {
      account.deliver({ drop: false, paused: false });
      await account.settled();
    },
    'by the sweep, without its event': async () => void (await account.swept()),
  };

  const kmsIn = (region: string): KMSClient =>
    new KMSClient({
      endpoint: account.endpoint,
      region,
      credentials: { accessKeyId: owner, secretAccessKey: 'any' },
    });

  /** Lets the trail use a key, and captures it. */
  async function useKey(KmsKeyId: string): Promise<void> {
    const { trail: Name, outsider } = account;
    await outsider.send(new UpdateTrailCommand({ Name, KmsKeyId }));
    await captureWith(
      account,
      { key: 'restore' },
      {
        args: ['--dependency-profile', 'archive'],
        variables: await profile('archive', archive),
      },
    );
  }

  const Policy = policyOf(owner);
  const arn = arnOf(multiRegion, owner);
  const audited = () => auditKey({ kms: kmsIn(home), arn });

  describe.each([
    ['a primary key', home, elsewhere],
    ['a replica', elsewhere, home],
  ])('that is %s of a multi-Region key', (what, primaryRegion, ReplicaRegion) => {
    beforeEach(async () => {
      const kms = kmsIn(primaryRegion);
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy, MultiRegion: true }));
      const KeyId = KeyMetadata?.KeyId;
      expect(KeyId).toBe(multiRegion);
      await kms.send(new EnableKeyRotationCommand({ KeyId }));
      await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion, Policy }));
      await useKey(arn);
    });

    // A replica has the rotation of its primary key, which is in another Region.
    const attacks = attacksOnKey(arn).filter(
      ({ id, reportOnly }) => !reportOnly && (id !== 'C6' || what === 'a primary key'),
    );

    describe.each(Object.entries(ways))('is restored %s:', (way, happens) => {
      test.each(attacks)('$id, Mallory $title', async ({ id, call }) => {
        const before = await audited();
        account.deliver({ drop: way !== 'by its event', paused: true });
        await call(account.clientsOf(owner), account.trail);
        const attacked = await audited();
        expect(attacked).not.toEqual(before);
        if (id === 'C2') {
          const state = what === 'a replica' ? 'PendingDeletion' : 'PendingReplicaDeletion';
          expect(attacked).toMatchObject({ state });
        }

        await happens();

        expect(await audited()).toEqual(before);
        expect((await account.incidents()).map(({ state }) => state)).toEqual(['restored']);
      });
    });
  });

  describe.each(Object.entries(ways))(
    'is reported, and left to the owner of the material, %s:',
    (way, happens) => {
      test('C4, Mallory deletes the imported material of the key', async () => {
        const kms = kmsIn(home);
        const { KeyMetadata } = await kms.send(
          new CreateKeyCommand({ Policy, Origin: 'EXTERNAL' }),
        );
        const KeyId = KeyMetadata?.KeyId;
        expect(KeyId).toBe(single);
        await importMaterial(kms, single);
        await useKey(arnOf(single, owner));
        account.deliver({ drop: way !== 'by its event', paused: true });
        const start = account.calls.length;

        await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
        await happens();

        const writes = account.calls
          .slice(start)
          .filter(({ principal }) => principal.includes(':assumed-role/Trailkeeper-'))
          .filter(
            ({ service, operation }) => service === 'kms' && !/^(Get|Describe)/.test(operation),
          );
        expect(writes).toEqual([]);
        const [incident, ...others] = await account.incidents();
        expect(others).toEqual([]);
        expect(incident?.state).toBe('drifted');
        expect(incident?.severity).toBe('critical');
        expect(await account.alerts()).toContain('Import it again');
      });
    },
  );

  test('has its ARN in the trail, so C5, an alias that Mallory moves or deletes, changes nothing', async () => {
    const kms = kmsIn(home);
    const AliasName = 'alias/the-log';
    await kms.send(new CreateKeyCommand({ Policy }));
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: single }));
    await useKey(arnOf(single, owner).replace(`key/${single}`, AliasName));
    await account.swept();
    account.deliver({ drop: false });

    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy }));
    const TargetKeyId = KeyMetadata?.KeyId;
    await kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId }));
    await kms.send(new DeleteAliasCommand({ AliasName }));
    await account.settled();
    await account.swept();

    const { Trail } = await account.outsider.send(new GetTrailCommand({ Name: account.trail }));
    expect(Trail?.KmsKeyId).toBe(arnOf(single, owner));
    expect(await account.incidents()).toEqual([]);
  });
});

async function importMaterial(kms: KMSClient, KeyId: string): Promise<void> {
  const { PublicKey = new Uint8Array(), ImportToken } = await kms.send(
    new GetParametersForImportCommand({
      KeyId,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    }),
  );
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const EncryptedKeyMaterial = publicEncrypt({ key, padding, oaepHash: 'sha256' }, randomBytes(32));
  await kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial }));
}
