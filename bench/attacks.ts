import {
  type CloudTrailClient,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';

/** A call that changes the trail, and the call that reverts it. */
export type Reaction = {
  readonly name: string;
  readonly attack: (client: CloudTrailClient, trail: string) => Promise<unknown>;
  readonly revertedBy: string;
};

export const reactions: readonly Reaction[] = [
  {
    name: 'StopLogging',
    attack: (client, Name) => client.send(new StopLoggingCommand({ Name })),
    revertedBy: 'StartLogging',
  },
  {
    name: 'UpdateTrail',
    attack: (client, Name) =>
      client.send(new UpdateTrailCommand({ Name, IsMultiRegionTrail: false })),
    revertedBy: 'UpdateTrail',
  },
  {
    name: 'PutEventSelectors',
    attack: (client, TrailName) =>
      client.send(
        new PutEventSelectorsCommand({
          TrailName,
          EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }],
        }),
      ),
    revertedBy: 'PutEventSelectors',
  },
  {
    name: 'DeleteTrail',
    attack: (client, Name) => client.send(new DeleteTrailCommand({ Name })),
    revertedBy: 'CreateTrail',
  },
];
