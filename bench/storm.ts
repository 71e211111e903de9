import { setTimeout } from 'node:timers/promises';
import { StopLoggingCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { type Deployment, isRead } from './deployment.ts';
import { type Figure, figure } from './figure.ts';

/** The API calls that a flood of events causes in all functions, with one call in it that stops the trail. */
export async function storm(deployment: Deployment): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const events of [100, 1000]) {
    const made = await deployment.callsOf(() => flood(deployment, events));
    const reads = made.filter(isRead).length;
    figures.push(
      figure({ name: `${events} events: reads`, unit: 'calls', ours: [reads], goal: 100 }),
      figure({
        name: `${events} events: writes`,
        unit: 'calls',
        ours: [made.length - reads],
        goal: 40,
      }),
    );
  }
  return figures;
}

/** Events arrive after more than a second, at once: within the second of its call, each event triggers a check. */
async function flood(
  { deliver, outsider, trail: Name }: Deployment,
  events: number,
): Promise<void> {
  deliver({ paused: true });
  for (let i = 0; i < events; i += 1) {
    if (i === events / 2) await outsider.send(new StopLoggingCommand({ Name }));
    await outsider.send(new UpdateTrailCommand({ Name }));
  }
  await setTimeout(1000);
  deliver({ paused: false });
}
