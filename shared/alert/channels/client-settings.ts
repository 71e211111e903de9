import { requestHandler } from '#aws/request-handler.ts';

/** Settings of a client of AWS that sends alerts: as patient as `http.ts`, for the same reason. Times are in milliseconds. */
export const clientSettings = {
  maxAttempts: 5,
  requestHandler: { ...requestHandler, requestTimeout: 15_000 },
};
