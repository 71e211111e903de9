import {
  CloudTrailClient,
  GetTrailStatusCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';

const cloudtrail = new CloudTrailClient();

type Event = { readonly detail: { readonly requestParameters: { readonly name: string } } };

/** The minimum to restore logging: one read and one write with a bare SDK client. */
export async function handler({ detail }: Event): Promise<void> {
  const { name: Name } = detail.requestParameters;
  const { IsLogging } = await cloudtrail.send(new GetTrailStatusCommand({ Name }));
  if (!IsLogging) await cloudtrail.send(new StartLoggingCommand({ Name }));
}
