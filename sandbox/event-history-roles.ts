import { eventHistoryTemplate } from '#deployment/event-history-template.ts';
import { deploy } from './deploy.ts';
import { home } from './home.ts';
import { deployStack } from './template.ts';
import { withParameters } from './template-parameters.ts';
import type { World } from './world.ts';

/** Deploys the role that reads event history in every member account, as the StackSet does. */
export function deployEventHistoryRoles(world: World): void {
  for (const accountId of world.organization.members) {
    const place = { accountId, region: home.region };
    const template = withParameters(eventHistoryTemplate(home.accountId), {}, place);
    deploy(deployStack('StackSet-Trailkeeper-EventHistory', template, '', place), world);
  }
}
