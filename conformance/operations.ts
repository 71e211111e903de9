import type { CloudTrail } from '@aws-sdk/client-cloudtrail';

type Operations = Readonly<Record<string, (client: CloudTrail, trail: string) => Promise<unknown>>>;

/** The operations that read one trail, given by name or ARN. */
export const reads: Operations = {
  GetTrail: (client, Name) => client.getTrail({ Name }),
  GetTrailStatus: (client, Name) => client.getTrailStatus({ Name }),
  GetEventSelectors: (client, TrailName) => client.getEventSelectors({ TrailName }),
  GetInsightSelectors: (client, TrailName) => client.getInsightSelectors({ TrailName }),
  GetEventConfiguration: (client, TrailName) => client.getEventConfiguration({ TrailName }),
};

/** The operations that change one trail, given by name or ARN. Their input changes nothing if possible. */
export const writes: Operations = {
  UpdateTrail: (client, Name) => client.updateTrail({ Name }),
  DeleteTrail: (client, Name) => client.deleteTrail({ Name }),
  StartLogging: (client, Name) => client.startLogging({ Name }),
  StopLogging: (client, Name) => client.stopLogging({ Name }),
  PutEventSelectors: (client, TrailName) =>
    client.putEventSelectors({
      TrailName,
      EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }],
    }),
  PutInsightSelectors: (client, TrailName) =>
    client.putInsightSelectors({ TrailName, InsightSelectors: [] }),
  PutEventConfiguration: (client, TrailName) =>
    client.putEventConfiguration({ TrailName, AggregationConfigurations: [] }),
};
