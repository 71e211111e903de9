import { describePrincipal, describeTool } from '#alert/actor.ts';
import { eventLink } from '#alert/links.ts';
import type { CallEffect, Incident } from '#incident/incident.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { CallEvidence, IncidentEvidence } from './evidence.ts';

/** A call with its actor in words and a link to its event. */
export function callEvidence(call: ApiCall, effect: CallEffect | null): CallEvidence {
  const { principal, eventId, region } = call;
  return {
    ...call,
    principal: { ...principal, description: describePrincipal(principal) },
    tool: describeTool(call),
    effect,
    link: eventId === null ? null : eventLink(region, eventId),
  };
}

/** The cause of an incident, with its effect if it is one of the calls. */
export function causeEvidence({ cause, calls }: Incident): CallEvidence | null {
  if (cause === null) return null;
  const listed = calls.find(({ call }) => call.eventId !== null && call.eventId === cause.eventId);
  return callEvidence(cause, listed?.effect ?? null);
}

/** The calls of an incident, after its cause if that is not one of them. */
export function callsWithCause({
  calls,
  cause,
}: Pick<IncidentEvidence, 'calls' | 'cause'>): readonly CallEvidence[] {
  const isListed = calls.some(({ eventId }) => eventId === cause?.eventId);
  return cause === null || isListed ? calls : [cause, ...calls];
}
