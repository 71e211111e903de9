/** The account and Region of a caller or a resource. */
export type Place = { readonly accountId: string; readonly region: string };
