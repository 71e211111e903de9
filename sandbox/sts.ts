import type { Service } from './service.ts';

/** Who a caller is; asking needs no permission. */
export const sts: Service = {
  GetCallerIdentity: {
    needs: () => [],
    perform: ({ principal: { accountId, arn, accessKeyId } }) => ({
      Arn: arn,
      UserId: accessKeyId,
      Account: accountId,
    }),
  },
};
