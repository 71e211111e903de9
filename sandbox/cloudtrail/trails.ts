import type { AccountRegion } from '../account-region.ts';
import { arnPrefix } from '../home.ts';
import type { Call } from '../service.ts';
import { malformedArn } from './errors.ts';
import { text } from './input.ts';
import { trailName } from './rules.ts';
import type { Identity } from './trail-state.ts';

export const accountRegionOf = ({ principal, region }: Call): AccountRegion => ({
  accountId: principal.accountId,
  region,
});

/** The trail's identity for a name or ARN; a name refers to the caller's account and Region. */
export const identify = (typed: unknown, at: AccountRegion): Identity => {
  const given = text(typed);
  if (!given.startsWith('arn:')) return identityOf(trailName(given), at);
  const [, region, accountId, name] = given.match(arnForm) ?? [];
  if (!region || !accountId || !name) throw malformedArn(given);
  return identityOf(name, { accountId, region });
};

export const trailArn = (name: string, { accountId, region }: AccountRegion): string =>
  `${arnPrefix}:cloudtrail:${region}:${accountId}:trail/${name}`;

const identityOf = (name: string, at: AccountRegion): Identity => ({
  arn: trailArn(name, at),
  accountId: at.accountId,
  homeRegion: at.region,
  name,
});

const arnForm = new RegExp(
  `^${arnPrefix}:cloudtrail:([a-z0-9-]+):(\\d{12}):trail/([a-zA-Z0-9][\\w.-]{1,126}[a-zA-Z0-9])$`,
);
