import type { ArgumentHandler } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { readCheckout } from './checkout.ts';
import { suspendable } from './commands/window.ts';

/** Adds the command `complete`. It suggests the trails that `cdk.json` names, and asks AWS nothing. */
export function addCompletion(program: Command): void {
  const trails = (readCheckout()?.signing.trails ?? []).map((arn) => parseTrailArn(arn));
  const suggestTrails: ArgumentHandler = (complete) => {
    for (const { arn, name, region } of trails) {
      const isUnique = trails.filter((one) => one.name === name).length === 1;
      complete(isUnique ? name : arn, region);
    }
  };
  for (const { arguments: positional, options } of tab(program).commands.values()) {
    for (const argument of positional.values()) {
      if (argument.name.startsWith('trail')) argument.handler = suggestTrails;
    }
    const option = options.get('kinds');
    if (option === undefined) continue;
    option.handler = (complete) => {
      for (const kind of [...suspendable, 'all']) complete(kind, '');
    };
  }
}
