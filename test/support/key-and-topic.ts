import { CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import type { Policy } from '#baseline/policy.ts';
import { kinds } from '#drift/index.ts';
import type { States } from '#drift/kind.ts';
import type { Mode, Outcome } from '#reconcile/outcome.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { capturedBaseline } from './captured-baseline.ts';
import { inProcess } from './in-process.ts';

export const KeyId = '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
export const KeyArn = `arn:aws:kms:us-east-1:111122223333:key/${KeyId}`;
export const TopicArn = 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered';

export type DependencyAccount = Awaited<ReturnType<typeof dependencyAccount>>;

/** An account whose trail has a key and a topic, with the clients of its owner, of an attacker and of another account. */
export async function dependencyAccount(settings: object = {}) {
  const account = inProcess();
  const { clientsOf, calls } = account;
  const [owner, aws] = [clientsOf('owner'), clientsOf('trailkeeper')];
  const { TrailARN = '' } = await owner.cloudtrail.send(
    new CreateTrailCommand({
      Name: 'org-trail',
      S3BucketName: 'org-trail-logs',
      KmsKeyId: KeyArn,
      SnsTopicName: TopicArn,
      ...settings,
    }),
  );
  await owner.cloudtrail.send(new StartLoggingCommand({ Name: TrailARN }));
  const trail = parseTrailArn(TrailARN);
  const now = () => new Date();
  return {
    ...account,
    trail,
    owner,
    ownerKms: owner.kmsIn('us-east-1'),
    ownerSns: owner.snsIn('us-east-1'),
    mallory: clientsOf('mallory'),
    kms: clientsOf('mallory').kmsIn('us-east-1'),
    sns: clientsOf('mallory').snsIn('us-east-1'),
    captured: async (): Promise<States> => (await capturedBaseline(aws, trail, now())).states,
    /** Restores what differs from the states, as far as the policy says so. */
    restore: (states: States, policy: Policy, mode: Mode = 'enforce'): Promise<Outcome> =>
      capturedBaseline(aws, trail, now()).then((baseline) =>
        reconcile(
          { ...baseline, states, policy },
          { kinds, aws, mode, now, sleep: async () => {}, readLagMs: 0 },
        ),
      ),
    /** The successful and refused writes of trailkeeper since the given number of calls. */
    writesSince: (start: number) =>
      calls
        .slice(start)
        .filter(({ principal }) => principal.endsWith('/trailkeeper'))
        .map(({ operation }) => operation)
        .filter((operation) => !/^(Get|List|Head|Describe)/.test(operation)),
  };
}

/** What an outcome says of one kind that still differs: the fields and the impact of each. */
export const leftOf = ({ verified }: Outcome, name: string) =>
  verified.findings.flatMap((finding) =>
    finding.kind === name && finding.status === 'drifted'
      ? finding.changes.map(({ path, impact }) => ({ path, ...impact }))
      : [],
  );
