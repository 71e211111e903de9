import {
  type CloudTrailClient,
  GetEventConfigurationCommand,
  GetEventSelectorsCommand,
  GetInsightSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
} from '@aws-sdk/client-cloudtrail';
import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import {
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedAdministratorsCommand,
} from '@aws-sdk/client-organizations';
import type { Clients } from './clients.ts';
import { serviceLinkedRoleName } from './service-linked-role.ts';

/**
 * Everything that an auditor can read about a trail and its organization, or the error name if the trail does not
 * exist. Times that a restore changes are left out; lists are compared as sets.
 */
export async function audit(
  { cloudtrail, iam, organizations }: Pick<Clients, 'cloudtrail' | 'iam' | 'organizations'>,
  trail: string,
): Promise<unknown> {
  const TrailName = trail;
  try {
    const { Trail } = await cloudtrail.send(new GetTrailCommand({ Name: trail }));
    const { IsLogging } = await cloudtrail.send(new GetTrailStatusCommand({ Name: trail }));
    const selectors = await cloudtrail.send(new GetEventSelectorsCommand({ TrailName }));
    const configuration = await cloudtrail.send(new GetEventConfigurationCommand({ TrailName }));
    const access = await organizations.send(new ListAWSServiceAccessForOrganizationCommand());
    const delegates = await organizations.send(new ListDelegatedAdministratorsCommand());
    // "No longer in use" (API reference, Trail): it shows whether the topic was set by name or by ARN.
    const { SnsTopicName: _, ...settings } = Trail ?? {};
    return sorted({
      ...settings,
      IsLogging,
      EventSelectors: selectors.EventSelectors,
      AdvancedEventSelectors: selectors.AdvancedEventSelectors,
      InsightSelectors: await insightsOf(cloudtrail, TrailName),
      AggregationConfigurations: configuration.AggregationConfigurations,
      Tags: await tagsOf(cloudtrail, trail),
      TrustedServices: access.EnabledServicePrincipals?.map((service) => service.ServicePrincipal),
      ServiceLinkedRole: await serviceLinkedRoleOf(iam),
      DelegatedAdministrators: delegates.DelegatedAdministrators?.map(({ Id }) => Id),
    });
  } catch (error) {
    return nameOf(error, 'TrailNotFoundException');
  }
}

async function insightsOf(cloudtrail: CloudTrailClient, TrailName: string): Promise<unknown> {
  try {
    const found = await cloudtrail.send(new GetInsightSelectorsCommand({ TrailName }));
    return found.InsightSelectors;
  } catch (error) {
    return nameOf(error, 'InsightNotEnabledException');
  }
}

async function serviceLinkedRoleOf(iam: IAMClient): Promise<unknown> {
  try {
    const RoleName = serviceLinkedRoleName;
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role?.Arn;
  } catch (error) {
    return nameOf(error, 'NoSuchEntityException');
  }
}

/** The error's name if it is an expected answer. Rethrows any other error: two failed audits must not compare as equal. */
function nameOf(error: unknown, answer: string): string {
  if (error instanceof Error && error.name === answer) return answer;
  throw error;
}

async function tagsOf(cloudtrail: CloudTrailClient, trail: string): Promise<unknown[]> {
  const tags: unknown[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudtrail.send(
      new ListTagsCommand({ ResourceIdList: [trail], ...(NextToken && { NextToken }) }),
    );
    tags.push(...(page.ResourceTagList ?? []).flatMap(({ TagsList = [] }) => TagsList));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return tags;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const texts = new Set(value.map((item) => JSON.stringify(sorted(item))));
    return [...texts].toSorted().map((text) => JSON.parse(text));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
