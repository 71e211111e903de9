/** How long a request may take, in milliseconds. One that hangs is abandoned, so that it does not use up the function's time. */
export const requestHandler = {
  connectionTimeout: 2000,
  requestTimeout: 4000,
  throwOnRequestTimeout: true,
};
