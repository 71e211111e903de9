/** Settings of a client of AWS that sends alerts. Times are in milliseconds. */
export const clientSettings = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
};
