import { accountOf } from '#aws/resource-names.ts';
import type { Change } from '#text/diff.ts';
import type { CoverageLoss } from './history-model.ts';
import type { Impact } from './impact.ts';

// The impacts and losses that settings have in common. `settings-table.ts` says which setting has which.

export const lost = (description: string): Impact => ({
  description,
  severity: 'critical',
  losesCoverage: true,
});

export const hidden = (description: string): Impact => ({
  description,
  severity: 'high',
  losesCoverage: false,
});

export const more = (description: string): Impact => ({
  description,
  severity: 'low',
  losesCoverage: false,
});

export function toLogs({ desired, actual }: Change, what: string): Impact {
  if (desired === null) {
    const description = `events reach CloudWatch Logs through ${what} ${actual}, which was not captured`;
    return { description, severity: 'medium', losesCoverage: false };
  }
  const description =
    actual === null
      ? 'events no longer reach CloudWatch Logs: its alarms and live monitoring see nothing'
      : `events reach CloudWatch Logs through ${what} ${actual}, if at all: alarms and live monitoring may see nothing`;
  return { description, severity: 'high', losesCoverage: false };
}

/** The owner of the log key decides who can read the log. */
export function encryptedBy({ desired, actual }: Change): Impact {
  if (actual === null) {
    return {
      description:
        'the log is no longer encrypted with its key: anyone who can read the bucket can read it',
      severity: 'medium',
      losesCoverage: false,
    };
  }
  const isForeign = accountOf(String(actual)) !== accountOf(String(desired));
  const whose = isForeign ? "another account's key" : 'another key';
  return {
    description: `${desired === null ? 'a key that was not captured' : whose} encrypts the log, ${actual}: only its users can read the log`,
    severity: isForeign ? 'critical' : 'high',
    losesCoverage: true,
  };
}

/** A log that its owner may not be able to read. If the owner's key is unavailable, no key is better than a foreign one. */
export const isForeignKey = ({ path, desired, actual }: Change): boolean =>
  path === 'KmsKeyId' &&
  actual !== null &&
  accountOf(String(actual)) !== accountOf(String(desired));

export const nothing: CoverageLoss = {
  scope: 'everywhere',
  events: [],
  stopsDigestFiles: false,
  elsewhere: null,
};

/** No events are lost, but they are not where their readers look. */
export const misplaced = (elsewhere: string): CoverageLoss => ({ ...nothing, elsewhere });

export const outOfReach = (where: string): CoverageLoss => ({
  ...nothing,
  events: null,
  elsewhere: `${where}, what cannot be recovered is lost`,
});

/** A trail that no longer covers a Region or account is deleted there, with its digests; global services have no digests. */
export const lostFrom = (scope: CoverageLoss['scope']): CoverageLoss => ({
  ...nothing,
  scope,
  events: null,
  stopsDigestFiles: scope !== 'global services',
});
