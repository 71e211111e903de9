import * as z from 'zod';

/** A value of a field: JSON whose strings `{% … %}` are JSONata expressions. */
const template = z.unknown();
const next = z.string();
const errors = z.array(z.string()).min(1);

const retrier = z.strictObject({
  ErrorEquals: errors,
  IntervalSeconds: z.int().positive().default(1),
  BackoffRate: z.number().min(1).default(2),
  MaxAttempts: z.int().nonnegative().default(3),
  MaxDelaySeconds: z.int().positive().optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});

const catcher = z.strictObject({
  ErrorEquals: errors,
  Next: next,
  Output: template.optional(),
  Assign: z.record(z.string(), template).optional(),
});

const common = {
  Comment: z.string().optional(),
  Assign: z.record(z.string(), template).optional(),
};
const following = { Next: next.optional(), End: z.literal(true).optional() };
const output = { Output: template.optional() };
const fallible = { Retry: z.array(retrier).default([]), Catch: z.array(catcher).default([]) };

const pass = z.strictObject({ Type: z.literal('Pass'), ...common, ...following, ...output });
const task = z.strictObject({
  Type: z.literal('Task'),
  Resource: z.string(),
  Arguments: template.optional(),
  TimeoutSeconds: template.optional(),
  ...common,
  ...following,
  ...output,
  ...fallible,
});
const choice = z.strictObject({
  Type: z.literal('Choice'),
  Choices: z.array(
    z.strictObject({
      Condition: template,
      Next: next,
      Output: template.optional(),
      Assign: z.record(z.string(), template).optional(),
    }),
  ),
  Default: next.optional(),
  ...common,
  ...output,
});
const wait = z.strictObject({
  Type: z.literal('Wait'),
  Seconds: template.optional(),
  Timestamp: template.optional(),
  ...common,
  ...following,
  ...output,
});
const map = z.strictObject({
  Type: z.literal('Map'),
  Items: template.optional(),
  ItemSelector: template.optional(),
  ItemProcessor: z.looseObject({
    ProcessorConfig: z
      .discriminatedUnion('Mode', [
        z.strictObject({ Mode: z.literal('INLINE') }),
        z.strictObject({ Mode: z.literal('DISTRIBUTED'), ExecutionType: z.literal('STANDARD') }),
      ])
      .default({ Mode: 'INLINE' }),
  }),
  MaxConcurrency: template.default(0),
  ToleratedFailurePercentage: template.optional(),
  ToleratedFailureCount: template.optional(),
  Label: z
    .string()
    .max(40)
    .regex(/^[\w-]+$/)
    .optional(),
  ...common,
  ...following,
  ...output,
  ...fallible,
});
const succeed = z.strictObject({ Type: z.literal('Succeed'), Comment: common.Comment, ...output });
const fail = z.strictObject({
  Type: z.literal('Fail'),
  Comment: common.Comment,
  Error: template.optional(),
  Cause: template.optional(),
});

const state = z.discriminatedUnion('Type', [pass, task, choice, wait, map, succeed, fail]);
const flow = { StartAt: z.string(), States: z.record(z.string(), state) };
const processor = z.strictObject({ ProcessorConfig: z.unknown(), ...flow });
const machine = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata'),
  TimeoutSeconds: z.int().positive().optional(),
  ...flow,
});

export type State = z.infer<typeof state>;
export type TaskState = z.infer<typeof task>;
export type ChoiceState = z.infer<typeof choice>;
export type WaitState = z.infer<typeof wait>;
export type MapState = z.infer<typeof map>;
export type Catcher = z.infer<typeof catcher>;
export type Retrier = z.infer<typeof retrier>;

/** States, and the one to start with. */
export type Flow = { readonly StartAt: string; readonly States: Readonly<Record<string, State>> };
export type Machine = z.infer<typeof machine>;

/**
 * Reads a definition in the Amazon States Language with JSONata. Throws for a field or a state that the sandbox does not model, and
 * for a transition to a state that does not exist. Source: Amazon States Language specification.
 */
export function parseMachine(text: string): Machine {
  const parsed = machine.parse(JSON.parse(text));
  checkTransitions(parsed);
  return parsed;
}

/** The states that process each item of a map. */
export const itemProcessor = ({ ItemProcessor }: MapState): Flow => processor.parse(ItemProcessor);

function checkTransitions({ StartAt, States }: Flow): void {
  const targets = Object.entries(States).flatMap(([name, one]) => {
    if (one.Type === 'Map') checkTransitions(itemProcessor(one));
    const caught = 'Catch' in one ? one.Catch.map(({ Next }) => Next) : [];
    if (one.Type === 'Succeed' || one.Type === 'Fail') return [];
    if (one.Type === 'Choice') {
      return [...one.Choices.map(({ Next }) => Next), ...(one.Default ? [one.Default] : [])];
    }
    if ((one.Next === undefined) !== (one.End === true)) {
      throw new Error(`state ${name}: either Next or End is required`);
    }
    return [...caught, ...(one.Next ? [one.Next] : [])];
  });
  const missing = [StartAt, ...targets].find((name) => States[name] === undefined);
  if (missing !== undefined) throw new Error(`there is no state ${missing}`);
}
