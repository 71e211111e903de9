/** The account and Region of a caller or a resource. */
export type AccountRegion = { readonly accountId: string; readonly region: string };
