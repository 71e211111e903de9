import { changeSetOf, deploymentWindow } from '#deployment/announced-deployment.ts';
import type { MaintenanceWindow } from '#reconcile/maintenance-window.ts';
import { shortTime } from '#text/time.ts';
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
    note(
      'The stack updates will send alerts, because this deployment is not announced:',
      `  ${explain(error)}`,
    );
    return deploy();
  }
  note(
    'This deployment is announced: the topic gets the start of each stack update, and most other calls send no alert.',
  );
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
      `Stack updates send no alert until ${shortTime(until)}, because the announcement was not ended:`,
      `  ${explain(error)}`,
      `  To end it: npx --no -- trailkeeper window end --all --id ${id}`,
    );
  }
}
