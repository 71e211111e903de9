import { expect, test } from 'vitest';
import { landingZoneOf } from '#baseline/landing-zone.ts';

const session = (role: string) => `arn:aws:sts::111122223333:assumed-role/${role}/session`;

test.each([
  ['aws-controltower-BaselineCloudTrail', [], 'AWS Control Tower'],
  ['org-trail', [session('AWSControlTowerExecution')], 'AWS Control Tower'],
  ['org-trail', [session('AWSControlTowerAdmin')], 'AWS Control Tower'],
  ['org-trail', [session('alice'), session('AWSControlTowerStackSetRole')], 'AWS Control Tower'],
  ['AWSAccelerator-Organizations-CloudTrail', [], 'Landing Zone Accelerator on AWS'],
  ['org-trail', [session('AWSAccelerator-DeployRole')], 'Landing Zone Accelerator on AWS'],
  ['org-trail', [], null],
  ['org-trail', [session('Admin')], null],
  ['my-aws-controltower-copy', [], null],
  ['org-trail', ['arn:aws:iam::111122223333:user/AWSControlTowerExecution'], null],
  ['org-trail', ['arn:aws:sts::111122223333:assumed-role/Admin/AWSControlTowerExecution'], null],
])('%s, created by %j, is managed by %s', (name, creators, expected) => {
  expect(landingZoneOf(name, creators)).toBe(expected);
});
