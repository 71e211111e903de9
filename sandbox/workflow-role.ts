import { arnPrefix, home } from './home.ts';
import type { Role } from './world.ts';

/** A role for state machines that process the items of a distributed map. Source: "IAM policies for using Distributed Map states". */
export const workflowRole = (name: string): [string, Role] => [
  `${arnPrefix}:iam::${home.accountId}:role/${name}`,
  {
    policies: new Map([
      [
        'run',
        {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['states:StartExecution', 'states:DescribeExecution'],
              Resource: '*',
            },
          ],
        },
      ],
    ]),
    attached: [],
    boundary: null,
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'states.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    },
  },
];
