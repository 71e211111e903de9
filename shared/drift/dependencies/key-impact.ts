import type { Change } from '#text/diff.ts';
import type { Impact } from '../impact.ts';
import { accessDenied, gone, unseen } from './dependency.ts';
import { isLockedOut } from './key-policy.ts';
import type { Key } from './key-state.ts';
import { type PolicyWords, partImpact } from './policy-impact.ts';
import { isPart } from './policy-parts.ts';

/** The impact of a change of a key: a key that cannot be used stops delivery, and one that is deleted makes the log unreadable. */
export function keyImpact(change: Change, desired: Key, actual: Key): Impact {
  const { path } = change;
  if (path === 'RotationPeriodInDays') return rotationImpact(change);
  if (!isPart(path)) return stateImpact(change);
  if (change.actual === accessDenied) return unreadable(`key.${path}`);
  if (path === 'OtherStatements' && isLockedOut(desired, actual)) return lockedOut;
  return partImpact(path, change, words);
}

const words: PolicyWords = {
  of: 'the log key',
  cost: 'no log file can be delivered. CloudTrail keeps trying for 30 days',
  risk: 'someone else may read the log, or those who need it no longer can',
  severity: 'high',
};

const stateImpact = ({ actual }: Change): Impact =>
  impacts[String(actual)] ??
  unusable(
    `the log key cannot be used: it is ${actual}: no log file can be delivered or read with it`,
  );

/**
 * The impact of each state of a key. A key that can be recovered loses no events: kind `delivery` reports whether log files arrive, and
 * a trail may have been recreated without its key. Source: AWS KMS developer guide, "Key states of AWS KMS keys".
 */
const impacts: Readonly<Record<string, Impact>> = {
  Disabled: unusable(
    'the log key is disabled: no log file can be delivered or read with it. CloudTrail keeps trying for 30 days: enable it',
  ),
  PendingDeletion: doomed('the log key is scheduled for deletion'),
  PendingReplicaDeletion: doomed('the log key is scheduled for deletion, after its replicas'),
  PendingImport: lost(
    'the log key has lost its key material: no log file can be delivered or read with it. Import it again',
  ),
  [gone]: lost(
    'the log key does not exist: no one can read what it encrypted. Let the trail use another key, and capture it again with --reason',
  ),
  [accessDenied]: supported(unseen('the key', 'kms:DescribeKey', 'key.KeyState', 'medium')),
};

const lockedOut: Impact = {
  description:
    'the policy of the log key no longer lets its account change it, so trailkeeper cannot restore the key: someone whom the policy names can, or else only AWS Support',
  severity: 'high',
  losesCoverage: false,
};

function rotationImpact({ desired, actual }: Change): Impact {
  const description =
    actual === accessDenied
      ? unseen(
          'the rotation of the key',
          'kms:GetKeyRotationStatus',
          'key.RotationPeriodInDays',
          'low',
        ).description
      : `the log key is no longer rotated every ${desired} days: enable its rotation with this period`;
  return { description, severity: 'low', losesCoverage: false };
}

const unreadable = (field: string): Impact =>
  supported(unseen('the policy of the key', 'kms:GetKeyPolicy', field, 'medium'));

/** Adds who can help if the key policy allows its account nothing. Source: AWS KMS developer guide, "Default key policy". */
function supported(impact: Impact): Impact {
  const more =
    'If the key policy no longer allows its own account anything, only AWS Support can restore it';
  return { ...impact, description: `${impact.description}. ${more}` };
}

function lost(description: string): Impact {
  return { description, severity: 'critical', losesCoverage: true };
}

function doomed(what: string): Impact {
  const description = `${what}: until then no log file can be delivered or read with it, and afterwards no one can read what it encrypted. Cancel the deletion, and enable the key`;
  return { description, severity: 'critical', losesCoverage: false };
}

function unusable(description: string): Impact {
  return { description, severity: 'high', losesCoverage: false };
}
