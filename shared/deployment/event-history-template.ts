import { names } from '#aws/resource-names.ts';
import { readHistory } from '#recovery/permissions.ts';

/**
 * The template of a StackSet: the role with which the function that recovers events reads the event history of a member account. Only this
 * function may assume it. Its role is in a condition: as a principal it would be bound to its unique id, and refused after it is deployed
 * again. Source: IAM User Guide, "AWS JSON policy elements: Principal". `mainAccount` is the default of the parameter; null: there is none.
 */
export const eventHistoryTemplate = (mainAccount: string | null) => ({
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'trailkeeper: lets the recovery of events read event history in this account',
  Parameters: {
    MainAccount: {
      Type: 'String',
      Description: 'The account that trailkeeper is deployed to',
      AllowedPattern: '[0-9]{12}',
      ...(mainAccount !== null && { Default: mainAccount }),
    },
  },
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: names.eventHistory,
        Description: 'trailkeeper: reads event history, to recover events',
        MaxSessionDuration: 3600,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: inMainAccount('root') },
              Action: 'sts:AssumeRole',
              Condition: {
                ArnEquals: { 'aws:PrincipalArn': inMainAccount(`role/${names.recover}`) },
              },
            },
          ],
        },
        Policies: [
          {
            PolicyName: 'ReadEventHistory',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Action: readHistory.actions,
                  Resource: readHistory.resources,
                },
              ],
            },
          },
        ],
      },
    },
  },
});

/** An ARN that CloudFormation completes. */
const inMainAccount = (resource: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:iam::\${MainAccount}:${resource}`,
});
