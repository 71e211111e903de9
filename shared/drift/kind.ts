import type * as z from 'zod';
import type { Aws } from '#aws/clients.ts';
import type { KeyArnOf } from '#aws/kms.ts';
import type { Change } from '#text/diff.ts';
import type { Trail } from '#trail/trail-arn.ts';
import type { HistoryModel } from './history-model.ts';
import type { Impact } from './impact.ts';

/**
 * One aspect of a trail that can drift: the contract that each drift kind fulfills.
 * Declared with method syntax, so that kinds with different states fit into one list.
 */
export interface DriftKind<State extends object = object, KindStep extends Step = Step> {
  readonly name: string;

  /** The canonical state as it is stored: every field is named, null means "must be absent". */
  readonly state: z.ZodType<State> & { readonly shape: object };

  /** The only state that a baseline can ask for: it is captured even if the live state cannot be read. */
  readonly onlyState?: State;

  /** Fields that AWS accepts only together: a policy must treat them alike. */
  readonly coupledFields?: readonly (readonly string[])[];

  /** The kind of the dependency that each field is about, if the fields are about several. */
  readonly destinations?: Readonly<Record<string, string>>;

  /** Its state is not part of the trail: a run reads it only if it has not lately been read. */
  readonly isOutsideTrail?: boolean;

  /** No events are recorded without it: a policy cannot ignore it. */
  readonly alwaysEnforced?: boolean;

  /** How drift is treated unless the policy of the baseline says otherwise; `restore` if absent. */
  readonly defaultTreatment?: 'alert';

  /** How a person may write the state in a baseline file, if that differs from the stored form. */
  readonly fileFormat?: Declaration<State>;

  /** The calls that trigger a check. The EventBridge rules' patterns are derived from them. */
  readonly triggers: readonly TriggerEvents[];

  /** Fields of this kind that calls of other kinds can change, by the call's name. */
  readonly alsoAffectedBy?: ReadonlyMap<string, readonly string[]>;

  /** IAM permissions. `repair` is granted in enforce mode only. */
  readonly permissions: {
    readonly observe: readonly Permission[];
    readonly repair: readonly Permission[];
  };

  /**
   * Reads the canonical state as of `now`; null if the trail does not exist. Any other failure is thrown. `desired` are the states of
   * the baseline, or at a capture those that a person wrote: what a trail depends on is checked as these name it, not as the live trail
   * does. A field that AWS does not report is left out of the state.
   */
  observe(aws: Aws, trail: Trail, now: Date, desired?: States): Promise<State | null>;

  /** When the observed state came about, by CloudTrail's clock, if it is reported. ISO 8601. Pure. */
  since?(observed: State): string | null;

  /** The state that a capture stores, if it differs from the observed one. Pure. */
  toBaseline?(observed: State): State;

  /** What a trail with this state does not record or protect, one sentence each, shown at a capture. Pure. */
  hardeningAdvice?(state: State, trail: Trail): readonly string[];

  /** The impact of a change of the state `actual`. Pure. */
  impact(change: Change, desired: State, actual: State): Impact;

  /**
   * The steps from the actual to the desired state; none if only a person may restore it. `states` are those of the baseline: what a
   * trail depends on is restored as its settings name it. Pure.
   */
  repair(desired: State, actual: State | null, trail: Trail, states?: States): readonly KindStep[];

  /**
   * Smaller steps in place of a step that AWS refused, so that one broken dependency does not keep the rest from being restored;
   * none if it cannot be split. Pure.
   */
  decompose?(step: KindStep, refusal: Refusal, trail: Trail): readonly KindStep[];

  /**
   * Whether AWS may refuse calls about the trail without this step. The others come after those calls, so that many of them do not delay
   * the trail; by default it needs every step. Pure.
   */
  isNeededByTrail?(step: KindStep): boolean;

  /** Sends one step to AWS. */
  apply(aws: Aws, step: KindStep): Promise<void>;

  /** How recorded calls changed the state. */
  readonly historyModel: HistoryModel<State>;
}

/** The error with which AWS refused a step, and the changes that the step was to revert. */
export type Refusal = {
  readonly error: string;
  readonly message?: string;
  readonly changes: readonly Change[];
};

/** States by kind; a kind may be missing. */
export type States = Readonly<Record<string, object>>;

/** A wider form of a state, and how it becomes canonical. Missing fields are taken from the live trail. */
type Declaration<State extends object> = {
  readonly schema: z.ZodType<object>;
  resolve(declared: object, trail: Trail, keyArn: KeyArnOf): Promise<State>;
};

/** IAM actions and the resources on which they are granted. */
export type Permission = {
  readonly actions: readonly string[];
  /** The names under which CloudTrail records these actions, where they differ. */
  readonly recordedAs?: readonly string[];
  readonly resources: (scope: PermissionScope) => readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** The resources that the functions may reach, as ARNs, which may end in `*`. */
export type PermissionScope = {
  readonly trails: readonly string[];
  /** The beginning of the ARNs of the account's roles, up to `:role`. */
  readonly roles: string;
  /** The roles that may be passed to CloudTrail. */
  readonly cloudWatchLogsRoles: readonly string[];
  /** What the trails depend on that may be read. The ARNs of log groups end before `:*`. */
  readonly buckets: readonly string[];
  readonly keys: readonly string[];
  readonly topics: readonly string[];
  readonly logGroups: readonly string[];
  readonly logRoles: readonly string[];
  /** What the configuration allows to restore of it, without wildcards; empty unless asked for. */
  readonly restorable: {
    readonly buckets: readonly string[];
    /** The roles that may be passed to S3. */
    readonly replicationRoles: readonly string[];
    readonly keys: readonly string[];
    readonly topics: readonly string[];
    readonly logGroups: readonly string[];
    readonly logRoles: readonly string[];
    readonly alarms: readonly string[];
  };
};

export const protectedTrails = ({ trails }: PermissionScope): readonly string[] => trails;

/** Calls of one service, with the names that CloudTrail records. */
export type TriggerEvents = {
  readonly eventSource: string;
  readonly eventNames: readonly string[];
};

/** One write that restores a state: the API operation and its input, as data. */
export type Step = {
  readonly action: string;
  readonly input: object;
};
