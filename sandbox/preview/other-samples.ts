import type { WindowNotice } from '#incident/incident.ts';
import { alice, aliceStarts, byStack, mallory, place, type Sample, trail } from './sample-parts.ts';

const window = {
  schema: 1,
  id: 'migration',
  trail,
  kinds: ['tags', 'insight-selectors'],
  from: '2026-11-22T03:00:00Z',
  until: '2026-11-22T06:00:00Z',
  by: 'arn:aws:iam::111122223333:user/alice',
  reason: 'the tags move to the new scheme',
} as const;

const notice: WindowNotice = {
  id: 'migration',
  trail,
  window,
  startedAt: '2026-11-22T03:00:20.000Z',
  endedAt: null,
};

/** Maintenance windows, changes of trailkeeper itself, and writes to the state table. */
export const otherSamples: readonly Sample[] = [
  { label: 'maintenance window started', record: { notice } },
  {
    label: 'maintenance window ended',
    record: { notice: { ...notice, endedAt: '2026-11-22T06:00:41.000Z' } },
  },
  {
    label: 'someone stores a value in a secret of trailkeeper',
    record: {
      tampering: {
        id: '0f7c8d6e-1a2b-4c3d-9e4f-5a6b7c8d9e0f',
        at: '2026-11-22T03:10:40Z',
        cause: { ...mallory, eventName: 'PutSecretValue' },
        part: { names: ['Trailkeeper-Slack'], account: '111122223333', region: 'us-east-1' },
        faults: [],
      },
    },
  },
  {
    label: 'a call disables a rule of trailkeeper',
    record: {
      tampering: {
        id: '5a2d7c1e-5d1b-4b7c-8a39-1d9f4c6a0b42',
        at: '2026-11-22T03:11:02Z',
        cause: { ...mallory, eventName: 'DisableRule' },
        part: {
          names: ['Trailkeeper-Trail-cloudtrail'],
          account: '111122223333',
          region: 'us-east-1',
        },
        faults: [],
      },
    },
  },
  {
    label: 'a stack update changes trailkeeper',
    record: {
      tampering: {
        id: '6b3e8d2f-6e2c-4c8d-9b4a-2e0a5d7b1c53',
        at: '2026-11-22T09:00:00.000Z',
        foundAt: '2026-11-22T09:14:31Z',
        updatedAt: '2026-11-22T09:15:02Z',
        cause: { ...aliceStarts, eventName: 'ExecuteChangeSet', at: '2026-11-22T09:14:31Z' },
        part: { ...place, names: ['Trailkeeper'] },
        further: [
          {
            cause: byStack('UpdateFunctionCode20150331v2'),
            part: { ...place, names: ['Trailkeeper-Sweep'] },
          },
          {
            cause: byStack('PutRule'),
            part: { ...place, names: ['Trailkeeper-Trail-cloudtrail'] },
          },
        ],
        callCount: 3,
        faults: [],
      },
    },
  },
  {
    label: 'a call to change trailkeeper fails',
    record: {
      tampering: {
        id: '7c4f9e3a-7f3d-4d9e-8c5b-3f1b6e8c2d64',
        at: '2026-11-22T03:11:02Z',
        cause: {
          ...mallory,
          eventName: 'DeleteFunction20150331',
          error: { code: 'AccessDenied', message: 'not authorized' },
        },
        part: { ...place, names: ['Trailkeeper-Sweep'] },
        faults: [],
      },
    },
  },
  {
    label: 'an announced deployment',
    record: {
      tampering: {
        id: '8d5a0f4b-8a4e-4e0f-9d6c-4a2c7f9d3e75',
        at: '2026-11-22T09:14:31Z',
        cause: { ...byStack('UpdateFunctionCode20150331v2'), at: '2026-11-22T09:14:31Z' },
        part: { ...place, names: ['Trailkeeper-Sweep'] },
        announcedBy: String(alice.arn),
        faults: [],
      },
    },
  },
  {
    label: 'the stack of dependencies in another account changes',
    record: {
      tampering: {
        id: '9e6b1a5c-9b5f-4f1a-8e7d-5b3d8a0e4f86',
        at: '2026-11-22T09:20:00Z',
        cause: { ...mallory, eventName: 'DeleteStack' },
        part: {
          ...{ names: ['Trailkeeper-Dependencies'], account: '222233334444', region: 'us-east-1' },
          isOfDependencies: true,
        },
        faults: [],
      },
    },
  },
  {
    label: 'an approver retires a trail',
    record: {
      tampering: {
        id: '3d0a5b8c9e4f4a7b8c1d2e3f4a5b6c7d',
        at: '2026-11-22T09:40:00Z',
        cause: null,
        faults: [],
        changes: [
          'version 6 of org-trail (us-east-1) was stored, signed by 3f2a91c07be4d815: the trail is retired',
          `by ${alice.arn}: replaced by the trail of the new landing zone`,
        ],
        retired: {
          trail,
          by: String(alice.arn),
          reason: 'replaced by the trail of the new landing zone',
        },
      },
    },
  },
  {
    label: 'the self-check finds differences',
    record: {
      tampering: {
        id: '9f7c1d0a4b2e4f6f8a1c3e5d7b9f0a2c',
        at: '2026-11-22T00:00:00.000Z',
        cause: null,
        faults: [
          'rules.arn:aws:events:us-east-1:111122223333:rule/Trailkeeper-Trail-cloudtrail.State is "DISABLED", must be "ENABLED"',
          'functions.Trailkeeper-Remediate.ReservedConcurrentExecutions is 0, must be absent',
        ],
      },
    },
  },
  {
    label: 'a baseline version without a signature',
    record: {
      tampering: {
        id: '1b8e3f6a7c2d4e5f9a0b1c2d3e4f5a6b',
        at: '2026-11-22T03:12:40Z',
        cause: null,
        faults: ['org-trail (us-east-1): version 4 is not signed by an approver: it is ignored'],
        changes: [],
      },
    },
  },
  {
    label: 'an approved baseline version',
    record: {
      tampering: {
        id: '2c9f4a7b8d3e4f6a0b1c2d3e4f5a6b7c',
        at: '2026-11-22T09:30:00Z',
        cause: null,
        faults: [],
        changes: [
          'version 5 of org-trail (us-east-1) was stored, signed by 3f2a91c07be4d815',
          `by ${alice.arn}: moved to the new SIEM`,
          'settings.S3KeyPrefix is "siem", was "cloudtrail"',
        ],
      },
    },
  },
];
