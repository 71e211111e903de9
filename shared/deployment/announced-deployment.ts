import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { itself } from '#aws/state-table-keys.ts';
import { deploymentKind, isActive, type MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { StoredWindow, WindowStore } from '#reconcile/maintenance-window-store.ts';
import { cloudFormation } from '#trail/api-call.ts';

/** A maintenance window on trailkeeper itself: calls of one deployment that are made in it send no alert. */
export const deploymentWindow = (from: Date, by: string): MaintenanceWindow => ({
  schema: 1,
  id: randomUUID().slice(0, 8),
  trail: itself,
  kinds: [deploymentKind],
  from: from.toISOString(),
  until: new Date(from.getTime() + longestDeploymentHours * 3_600_000).toISOString(),
  by,
  reason: 'npx --no -- trailkeeper deploy',
});

/** A window ends after so long, whatever it says. */
const longestDeploymentHours = 1;

/** The name of the change sets of an announced deployment: any other change set that is executed in its window sends an alert. */
export const changeSetOf = ({ id }: MaintenanceWindow): string => `trailkeeper-${id}`;

/** The window of the deployment that made the call of an event; null if no approver announced it. */
export async function announcementOf(
  event: unknown,
  account: string,
  windows: Pick<WindowStore, 'list'>,
): Promise<MaintenanceWindow | null> {
  const call = stackUpdateCall.safeParse(event).data;
  if (call?.account !== account) return null;
  const at = new Date(call.detail.eventTime);
  const open = (await windows.list(at, itself)).flatMap((one) => (isOpen(one, at) ? [one] : []));
  return open.find(({ window }) => isOf(window, call))?.window ?? null;
}

/** Whether a window was open when a call was made: its event can arrive after the end of the window. */
const isOpen = (
  stored: StoredWindow,
  at: Date,
): stored is Extract<StoredWindow, { readonly window: MaintenanceWindow }> =>
  'window' in stored &&
  isActive(stored.window, at, longestDeploymentHours) &&
  (stored.ended === null || at.getTime() < Date.parse(stored.ended.at));

function isOf(window: MaintenanceWindow, { detail }: z.infer<typeof stackUpdateCall>): boolean {
  const { eventSource, userIdentity, requestParameters } = detail;
  if (userIdentity.invokedBy === cloudFormation) return comparedServices.includes(eventSource);
  // A name, or an ARN that ends with changeSet/NAME/ID.
  const [first, name = first] = requestParameters?.changeSetName?.split('/') ?? [];
  return eventSource === cloudFormation && name === changeSetOf(window);
}

/**
 * The integrity check compares the parts of these services in the main account after a deployment. A call about any other part, for
 * example an alarm, sends an alert although its deployment was announced.
 */
const comparedServices: readonly string[] = ['events', 'iam', 'lambda', 'scheduler'].map(
  (service) => `${service}.amazonaws.com`,
);

const stackUpdateCall = z.object({
  account: z.string(),
  detail: z.object({
    eventTime: z.iso.datetime(),
    eventSource: z.string(),
    userIdentity: z.object({ invokedBy: z.string().optional() }),
    requestParameters: z.object({ changeSetName: z.string().optional() }).nullish(),
  }),
});
