import {
  isAttempt,
  type TamperCall,
  type TamperEvent,
  type TamperedPart,
} from '#incident/tamper-event.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type AlertOptions, printable, type Wording } from './alert.ts';
import type { AlertKind } from './alert-kinds.ts';
import { command } from './commands.ts';
import { retirement } from './wording.ts';

type TamperWording = Wording & { readonly kind: AlertKind };

/** What happened to trailkeeper itself, and what to do. */
export function tamperWording(event: TamperEvent, options: AlertOptions): TamperWording {
  const { faults, changes, retired, announcedBy } = event;
  if (isAttempt(event)) {
    return {
      kind: 'tampering-failed',
      title: attemptTitle(event),
      callToAction: `trailkeeper did not change. If you do not expect ${event.callCount === undefined || event.callCount === 1 ? 'this call' : 'these calls'}, ask the caller why.`,
    };
  }
  if (announcedBy !== undefined) {
    return {
      kind: 'announced-deployment',
      title: tamperTitle(event),
      callToAction:
        'An approver announced this deployment, so it sent no alert. If no one you know did, someone else has the rights or the key of an approver.',
    };
  }
  if (changes === undefined) {
    const dependencies = accountOfDependencies(event);
    if (dependencies !== null) {
      return {
        kind: 'dependencies-changed',
        title: tamperTitle(event),
        callToAction: `If this was not your deployment, repair it with credentials of account ${dependencies}: until then what trails depend on there may be unprotected.`,
        needsAction: true,
        commands: command('Repair it', `trailkeeper deploy --dependencies ${dependencies}`),
      };
    }
    if (isNewSecretValue(event)) {
      return {
        kind: 'secret-changed',
        title: tamperTitle(event),
        callToAction:
          'If no one you know stored this value, store the right one again: until then alerts may go to someone else, or someone else may decide in Slack.',
        needsAction: true,
        commands: command('Check the secrets', 'trailkeeper doctor'),
      };
    }
    return {
      kind: 'deployment-changed',
      title: tamperTitle(event),
      callToAction:
        'If this was not your deployment, repair it: until then trails may be unprotected.',
      needsAction: true,
      commands: [
        ...command('See what differs', 'cdk diff'),
        ...command('Repair it', 'cdk deploy --all --revert-drift'),
      ],
    };
  }
  const [first] = changes;
  if (faults.length > 0 && first !== undefined) {
    return {
      kind: 'table-changed',
      title: printable(`The state table was changed, perhaps not by an approver: ${first}`),
      callToAction:
        'The change is in force. If no one you know made it, store the version before it again. Then attach the policy of the table again: docs/operations.md, "Who may change baselines".',
      needsAction: true,
      commands: command('See the state of every trail', 'trailkeeper list'),
    };
  }
  if (faults.length > 0) {
    return {
      kind: 'table-changed',
      title: printable(`The state table has a change that no approver made: ${faults[0]}`),
      callToAction:
        'trailkeeper ignores it: the last version that an approver stored stays in force. Find out who can write to the table, and what else they changed.',
      needsAction: true,
      commands: command('See the state of every trail', 'trailkeeper list'),
    };
  }
  if (retired !== undefined) {
    return {
      kind: 'retired',
      title: `${parseTrailArn(retired.trail).name} is no longer protected (${retirement(retired, options)})`,
      callToAction:
        'Changes to the trail are neither reported nor reverted. If no one you know retired it, someone else can store baselines: protect it again, and find out who.',
      needsAction: true,
      commands: command(
        'Protect it again as it is now',
        'trailkeeper capture',
        retired.trail,
        '--reason "protect it again"',
      ),
    };
  }
  return {
    kind: 'approved-change',
    title: printable(`A change by an approver is in force: ${first}`),
    callToAction:
      'If no one you know made it, someone else has the rights or the key of an approver.',
  };
}

/** Whether someone stored a value in a secret, which no deployment repairs. */
const isNewSecretValue = ({ cause, callCount = 1 }: TamperEvent): boolean =>
  cause?.eventName === 'PutSecretValue' && callCount === 1;

/** The account whose stack `Trailkeeper-Dependencies` was changed, or null. */
function accountOfDependencies({ part }: TamperEvent): string | null {
  const account = part?.isOfDependencies === true ? part.account : null;
  return account !== null && /^\d{12}$/.test(account) ? account : null;
}

function tamperTitle(event: TamperEvent): string {
  const { cause, callCount = 1 } = event;
  if (callCount > 1) return `A stack update changed trailkeeper itself: ${callCount} calls`;
  if (cause === null) return "trailkeeper's deployment has drifted";
  return `trailkeeper itself was changed: ${callOnPart(event)}`;
}

const attemptTitle = (event: TamperEvent): string =>
  event.callCount === undefined || event.callCount === 1
    ? `A call to change trailkeeper itself failed: ${callOnPart(event)}`
    : `${event.callCount} calls to change trailkeeper itself failed`;

/** `DisableRule on Trailkeeper-Trail-s3 (account 111122223333, us-east-1)`. */
export const callOnPart = ({ cause, part }: TamperCall): string =>
  printable(`${cause?.eventName}${part === undefined ? '' : onPart(part)}`);

/** ` on Trailkeeper-Trail-s3 (account 111122223333, us-east-1)`, as far as the record says. */
function onPart({ names, account, region }: TamperedPart): string {
  const resources = names.length === 0 ? '' : ` on ${names.join(', ')}`;
  return `${resources}${account && region ? ` (account ${account}, ${region})` : ''}`;
}
