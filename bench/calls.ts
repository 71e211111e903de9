import { UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { reactions } from './attacks.ts';
import { type Deployment, isRead } from './deployment.ts';
import { type Figure, figure } from './figure.ts';

/** The API calls that one event or one sweep causes in all functions. The count does not vary, so one sample is enough. */
export async function calls(deployment: Deployment): Promise<readonly Figure[]> {
  const { outsider, trail, sweep } = deployment;
  // A first sweep completes the work that earlier measurements started.
  await deployment.callsOf(() => sweep());
  const count = async (name: string, act: () => Promise<unknown>, goals: Goals = {}) => {
    const made = await deployment.callsOf(act);
    const reads = made.filter(isRead).length;
    const of = (kind: 'reads' | 'writes', ours: number) =>
      figure({ name: `${name}: ${kind}`, unit: 'calls', ours: [ours], goal: goals[kind] });
    return [of('reads', reads), of('writes', made.length - reads)];
  };
  const inSync = () => outsider.send(new UpdateTrailCommand({ Name: trail }));
  const figures = [
    ...(await count('sweep in sync', () => sweep(), { reads: 10, writes: 0 })),
    ...(await count('event in sync', inSync, { reads: 12, writes: 0 })),
  ];
  for (const { name, attack } of reactions) {
    figures.push(...(await count(name, () => attack(outsider, trail), { reads: 25, writes: 8 })));
  }
  return figures;
}

type Goals = { readonly reads?: number; readonly writes?: number };
