/** Settings of a client of AWS that sends alerts: as patient as `http.ts`, for the same reason. Times are in milliseconds. */
export const clientSettings = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 15_000, throwOnRequestTimeout: true },
};
