import type * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import type { KeyArnOf } from '#aws/kms.ts';
import type { Change } from '#text/diff.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { HistoryModel } from './history-model.ts';
import type { Impact } from './impact.ts';

/**
 * One way in which a trail can drift: the contract that every file of this room fulfils.
 * Methods are written as methods, so that kinds of different states stand in one list.
 */
export interface DriftKind<State extends object = object, KindStep extends Step = Step> {
  readonly name: string;

  /** The canonical state as it is stored: every field named, null for "must be absent". */
  readonly state: z.ZodType<State> & { readonly shape: object };

  /** The only state that a baseline can ask for: it is captured even if the live state cannot be read. */
  readonly onlyState?: State;

  /** Fields that AWS takes only together: a policy treats them alike. */
  readonly coupledFields?: readonly (readonly string[])[];

  /** Nothing is recorded without it: a policy can not leave it alone. */
  readonly alwaysEnforced?: boolean;

  /** How a person may write the state in a baseline file, where that is wider than what is stored. */
  readonly fileFormat?: Declaration<State>;

  /** The calls after which to look. The patterns of the EventBridge rules are read off these. */
  readonly triggers: readonly TriggerEvents[];

  /** The fields that a call may change though it is not about this state, by the call's name. */
  readonly alsoAffectedBy?: ReadonlyMap<string, readonly string[]>;

  /** What the role needs to be allowed; `repair` is granted in enforce mode only. */
  readonly permissions: {
    readonly observe: readonly Permission[];
    readonly repair: readonly Permission[];
  };

  /**
   * Reads the canonical state as of `now`; null where there is no such trail. Any other failure is thrown. `desired` are the
   * states of the baseline: what a trail depends on is looked at as they name it, not as somebody made the trail name it. At a
   * capture they are those that a person wrote. A field that AWS leaves out of its answer is left out of the state.
   */
  observe(aws: Aws, trail: Trail, now: Date, desired?: States): Promise<State | null>;

  /** What a capture makes of the observed state, where it is not that state. Pure. */
  toBaseline?(observed: State): State;

  /** What a trail of this state does not record or not protect, in words, for whoever captures it. Pure. */
  hardeningAdvice?(state: State, trail: Trail): readonly string[];

  /** What a change costs; `actual` is the state that it is a change of. Pure. */
  impact(change: Change, desired: State, actual: State): Impact;

  /** The steps from actual to desired; none where only a person may act. Pure. */
  repair(desired: State, actual: State | null, trail: Trail): readonly KindStep[];

  /**
   * The parts of a step that AWS refused as a whole, each a step of its own, so that one broken dependency does not keep the
   * rest from coming back; none where it has no parts. Pure.
   */
  decompose?(step: KindStep, refusal: Refusal, trail: Trail): readonly KindStep[];

  /** Carries one step out. */
  apply(aws: Aws, step: KindStep): Promise<void>;

  /** How event history tells what became of the state; a kind without it is told as it is now, and not of the past. */
  readonly past?: HistoryModel<State>;
}

/** Why AWS refused a step, by the name of the error, and the changes that the step was to undo. */
export type Refusal = { readonly error: string; readonly changes: readonly Change[] };

/** States by kind; a kind may be missing. */
export type States = Readonly<Record<string, object>>;

/** A wider spelling of a state, and how it becomes canonical. What it leaves out is taken from the live trail. */
export type Declaration<State extends object> = {
  readonly schema: z.ZodType<object>;
  resolve(declared: object, trail: Trail, keyArn: KeyArnOf): Promise<State>;
};

/** IAM actions with the resources they are granted on, and why, where that is wider than one resource. */
export type Permission = {
  readonly actions: readonly string[];
  readonly resources: (scope: PermissionScope) => readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** What the deployment lets the functions reach, as ARNs, which may end in `*`. */
export type PermissionScope = {
  readonly trails: readonly string[];
  /** What the ARN of each role of the account begins with, up to `:role`. */
  readonly roles: string;
  /** The roles that CloudTrail may be handed. */
  readonly cloudWatchLogsRoles: readonly string[];
  /** What may be looked at of what the trails deliver to. */
  readonly buckets: readonly string[];
  readonly keys: readonly string[];
  readonly topics: readonly string[];
};

export const guardedTrails = ({ trails }: PermissionScope): readonly string[] => trails;

/** Calls of one service, under the names that CloudTrail records. */
export type TriggerEvents = {
  readonly eventSource: string;
  readonly eventNames: readonly string[];
};

/** One write that repairs drift: the API operation and its input, as data. */
export type Step = {
  readonly action: string;
  readonly input: object;
};
