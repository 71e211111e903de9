import { arnPrefix } from './home.ts';
import type { Service } from './operation.ts';
import { AwsError } from './service.ts';

/** The part of AWS Systems Manager that reads the parameters of deployed stacks. */
export const ssm: Service = {
  GetParameter: {
    needs: ({ principal, region, input }) => [
      {
        action: 'ssm:GetParameter',
        resource: `${arnPrefix}:ssm:${region}:${principal.accountId}:parameter${input.Name}`,
      },
    ],
    perform({ principal, region, input: { Name } }, { parameters }) {
      const Value = parameters.get(`${principal.accountId}/${region}${Name}`);
      if (Value === undefined) throw new AwsError('ParameterNotFound', `no parameter ${Name}`);
      return { Parameter: { Name, Value, Type: 'String', Version: 1 } };
    },
  },
};
