import { changeSetOf, deploymentWindow } from '#deployment/announced-deployment.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import type { Context } from '../context.ts';
import { explain } from '../explain.ts';
import { note } from '../terminal.ts';

type Announcer = Pick<Context, 'windows' | 'caller' | 'now'>;

/**
 * Announces a deployment, so that its stack updates send no alert, and ends the announcement when the deployment is over. A deployment that
 * cannot be announced sends alerts.
 */
export async function announced(
  context: Announcer,
  deploy: (...options: readonly string[]) => Promise<void>,
): Promise<void> {
  const window = deploymentWindow(context.now(), await context.caller());
  try {
    await context.windows.add(window);
  } catch (error) {
    note(`This deployment sends alerts, because it could not be announced: ${explain(error)}`);
    return deploy();
  }
  try {
    await deploy('--change-set-name', changeSetOf(window));
  } finally {
    await end(context, window);
  }
}

async function end({ windows, now }: Announcer, window: MaintenanceWindow): Promise<void> {
  const { id, until, by } = window;
  try {
    await windows.end(window, { at: now().toISOString(), by, reason: 'the deployment is over' });
  } catch (error) {
    note(
      `The announcement of this deployment ends at ${until}. To end it now: npx --no -- trailkeeper window end --all --id ${id}. It was not ended, because ${explain(error)}`,
    );
  }
}
