/** A client whose code is loaded on first use: most checks need CloudTrail alone. */
export type Lazy<Client> = Client | Promise<Client>;

/** A client per Region, created on first use. */
export type ClientIn<Client> = (region: string) => Client;

export function perRegion<Client>(make: ClientIn<Client>): ClientIn<Client> {
  const made = new Map<string, Client>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
}
