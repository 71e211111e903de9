import {
  type CloudTrailClient,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';

/** A call that changes the trail, and the call that undoes it. */
export type Reaction = {
  readonly name: string;
  readonly attack: (client: CloudTrailClient, trail: string) => Promise<unknown>;
  readonly undoneBy: string;
};

export const reactions: readonly Reaction[] = [
  {
    name: 'StopLogging',
    attack: (client, Name) => client.send(new StopLoggingCommand({ Name })),
    undoneBy: 'StartLogging',
  },
  {
    name: 'UpdateTrail',
    attack: (client, Name) =>
      client.send(new UpdateTrailCommand({ Name, IsMultiRegionTrail: false })),
    undoneBy: 'UpdateTrail',
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
    undoneBy: 'PutEventSelectors',
  },
  {
    name: 'DeleteTrail',
    attack: (client, Name) => client.send(new DeleteTrailCommand({ Name })),
    undoneBy: 'CreateTrail',
  },
];
