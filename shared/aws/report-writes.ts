import type { DeserializeHandler, HandlerExecutionContext, MetadataBearer } from '@smithy/types';

/** Called with the id of each request that may have written, whether it succeeded or not. */
export type OnWrite = (requestId: string) => void;

export const isRead = (commandName: string): boolean =>
  /^(Get|List|Describe|Lookup|Head)/.test(commandName);

/** A middleware inside the retries: each attempt has its own request id. */
export const inEachAttempt = { step: 'deserialize', priority: 'high' } as const;

/** A middleware that reports the id of each request that may have written. */
export const reportWrites =
  (onWrite: OnWrite) =>
  <Input extends object, Output extends MetadataBearer>(
    next: DeserializeHandler<Input, Output>,
    { commandName = '' }: HandlerExecutionContext,
  ): DeserializeHandler<Input, Output> =>
  async (request) => {
    const report = ({ $metadata }: Partial<MetadataBearer>) => {
      const requestId = $metadata?.requestId;
      if (requestId !== undefined && !isRead(commandName)) {
        onWrite(requestId);
      }
    };
    try {
      const answer = await next(request);
      report(answer.output ?? {});
      return answer;
    } catch (error) {
      report(error as object);
      throw error;
    }
  };
