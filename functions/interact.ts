import { createHash } from 'node:crypto';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { LambdaClient } from '@aws-sdk/client-lambda';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import type { ChannelRuntime } from '#alert/channel.ts';
import { RequestError } from '#alert/channels/http.ts';
import { parseSlackSecret, slackSecret } from '#alert/channels/slack-secret.ts';
import { withSecret } from '#alert/channels/with-secret.ts';
import { messageOf } from '#aws/errors.ts';
import { invoke, invokeLater } from '#aws/invoke.ts';
import { names } from '#aws/resource-names.ts';
import { secretOf } from '#aws/secret.ts';
import { expiresAt, incidentKeys } from '#aws/state-table-keys.ts';
import { callerOf, carryOut } from '#decisions/carry-out.ts';
import type { DecisionDeps } from '#decisions/decision.ts';
import { type Interaction, interaction, parseInteraction } from '#decisions/interaction.ts';
import { acceptModal, windowModal } from '#decisions/modals.ts';
import { parseSigningSecret, signingSecret } from '#decisions/signing-secret.ts';
import { answer, openModal } from '#decisions/slack-calls.ts';
import { longestAge, refusalOf } from '#decisions/slack-signature.ts';
import { publishMetrics } from '#deployment/metrics.ts';
import { kinds } from '#drift/index.ts';
import { renderPlan } from '#reconcile/render-plan.ts';
import { environment } from './environment.ts';
import { facts } from './facts.ts';

/** What is answered over HTTP. */
type HttpAnswer = { readonly statusCode: number; readonly body: string };

/**
 * Answers Slack: buttons, modals and `/trailkeeper`. A request over HTTP is verified, recorded so that it cannot be replayed, and
 * answered at once, because Slack waits three seconds; the work is another invocation of this function, which its role alone may start.
 */
export function createHandler() {
  const env = interactEnvironment();
  return middy<unknown, HttpAnswer | null>()
    .use(injectLambdaContext(env.logger, { resetKeys: true }))
    .handler(async (event, context) => {
      const work = workRequest.safeParse(event).data;
      if (work === undefined) return receive(event, context, env);
      await doWork(work.interaction, context, env);
      return null;
    });
}

export const handler = createHandler();

const workRequest = z.strictObject({ interaction });

type InteractEnvironment = ReturnType<typeof interactEnvironment>;

function interactEnvironment() {
  const { config, rows, logger, trust, baselines, controller } = environment();
  const { slack } = facts.channels;
  const lambda = new LambdaClient();
  const deps: DecisionDeps = {
    approvers: slack?.approvers ?? {},
    statuses: controller.statuses,
    windows: controller.windows,
    baselines,
    isSigned: trust.keys.length > 0,
    maxWindowHours: config.rules.maxWindowHours,
    now: controller.now,
    checkSoon: (trail) => invokeLater(lambda, names.sweep, { trails: [trail] }),
    async planOf(trail) {
      const report = sweepReport.parse(
        await invoke(lambda, names.sweep, { trails: [trail], mode: 'observe' }),
      );
      const lines = report.trails.flatMap(({ outcome }) =>
        outcome === undefined ? [] : renderPlan(outcome.plan as never),
      );
      return lines.length === 0 ? ['The trail is in sync with its baseline.'] : lines;
    },
  };
  return {
    deps,
    logger,
    lambda,
    topic: config.alerts.topic,
    rows,
    token: secretOf(slack?.secret ?? slackSecret.name),
    signingSecret: secretOf(slack?.signingSecret ?? signingSecret.name),
    /** For tests, as for the alert function. */
    endpointUrl: process.env.CHANNEL_ENDPOINT_URL ?? null,
  };
}

const sweepReport = z.object({
  trails: z.array(z.object({ outcome: z.object({ plan: z.unknown() }).optional() })),
});

/** An event of a function URL, or of an HTTP API with payload format 2.0, which is the same. */
const httpEvent = z.object({
  headers: z.record(z.string(), z.string()),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

async function receive(
  event: unknown,
  context: Context,
  env: InteractEnvironment,
): Promise<HttpAnswer> {
  const { logger, deps, rows, lambda } = env;
  const refuse = (statusCode: number, reason: string): HttpAnswer => {
    logger.warn('refused a request', { reason });
    // Slack itself sends requests that no message of trailkeeper leads to.
    if (statusCode !== 400) publishMetrics({ refused: 1 });
    return { statusCode, body: '' };
  };
  const parsed = httpEvent.safeParse(event).data;
  if (parsed === undefined) return refuse(400, 'no request');
  const { headers, isBase64Encoded, ...sent } = parsed;
  const body = isBase64Encoded ? Buffer.from(sent.body, 'base64').toString() : sent.body;
  const secret = parseSigningSecret(await env.signingSecret.read());
  const refusal = refusalOf({ headers, body }, secret, deps.now());
  if (refusal !== null) return refuse(refusal === 'too-large' ? 413 : 401, refusal);
  const isNew = await rows.add({
    pk: `${incidentKeys}slack-requests`,
    sk: createHash('sha256')
      .update(headers['x-slack-signature'] ?? '')
      .digest('hex'),
    at: deps.now().toISOString(),
    [expiresAt]: Math.ceil(deps.now().getTime() / 1000) + 2 * longestAge,
  });
  if (!isNew) return refuse(409, 'replayed');
  const asked = parseInteraction(body);
  if (asked === null) return refuse(400, 'not an interaction of trailkeeper');
  const { user, request } = asked;
  const by = callerOf(asked, deps);
  logger.info('a request from Slack', { user, by, does: request.does });
  if (by === null) logger.warn('the Slack user may not decide', { user, does: request.does });
  if (by !== null && (request.does === 'ask-reason' || request.does === 'ask-window')) {
    await openFor(asked, context, env);
  } else await invokeLater(lambda, context.functionName, { interaction: asked });
  return { statusCode: 200, body: '' };
}

/** Opens a modal within the three seconds that Slack accepts its trigger. */
async function openFor(
  { request, trigger, answerUrl }: Interaction,
  context: Context,
  env: InteractEnvironment,
): Promise<void> {
  if (trigger === null || !('on' in request)) return;
  const { deps, token } = env;
  const state = { on: request.on, answerUrl };
  const trails = state.on === null ? (await deps.baselines.list()).map(({ trail }) => trail) : [];
  const view =
    request.does === 'ask-reason'
      ? acceptModal(state)
      : windowModal(state, {
          trails,
          kinds: kinds.filter(({ alwaysEnforced }) => !alwaysEnforced).map(({ name }) => name),
          maxHours: deps.maxWindowHours,
          isRequest: deps.isSigned,
        });
  try {
    await withSecret(token, parseSlackSecret, (secret) => {
      if (secret.type !== 'bot') throw new Error("Slack's secret must be the token of a bot");
      return openModal(trigger, view, secret.token, runtimeOf(context, env, modalMs));
    });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    // For example because the function started too slowly for the trigger.
    await say(`The form did not open: ${error.message}. Try again.`, answerUrl, context, env);
  }
}

async function doWork(asked: Interaction, context: Context, env: InteractEnvironment) {
  const { deps, logger } = env;
  const text = await carryOut(asked, deps).catch(async (error) => {
    const failure = `This failed: ${messageOf(error)}. It is tried three times within a few minutes. If no answer follows, ask again.`;
    await say(failure, asked.answerUrl, context, env);
    throw error;
  });
  logger.info('answered a request from Slack', {
    user: asked.user,
    does: asked.request.does,
    text,
  });
  await say(text, asked.answerUrl, context, env);
}

/** Answers the person. If Slack does not take it, nothing is repeated: what was decided is in the incident. */
async function say(
  text: string,
  answerUrl: string | null,
  context: Context,
  env: InteractEnvironment,
): Promise<void> {
  if (answerUrl === null) return;
  try {
    await answer(answerUrl, text, runtimeOf(context, env, answerMs));
  } catch (error) {
    env.logger.warn(`Slack did not take the answer: ${messageOf(error)}`);
  }
}

/** In milliseconds. */
const modalMs = 2500;
const answerMs = 20_000;

function runtimeOf(
  context: Context,
  { topic, endpointUrl, deps }: InteractEnvironment,
  longestMs: number,
): ChannelRuntime {
  const left = Math.min(longestMs, context.getRemainingTimeInMillis());
  const until = new Date(deps.now().getTime() + left);
  return { secretOf, now: deps.now, until, topic, endpointUrl };
}
