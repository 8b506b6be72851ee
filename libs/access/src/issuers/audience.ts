interface NamedRegistry {
  readonly id: string;
  readonly name: string;
  readonly org_name: string;
}

/** The audience of an organization that no other can take: its tokens are good wherever they are shown. */
export function ownAudience(origin: string, organization: string): string {
  return `${origin}/o/${organization}`;
}

/** The name of the organization whose own audience this is, be there one of that name or not; else null. */
export function organizationOf(origin: string, audience: string): string | null {
  const own = ownAudience(origin, '');
  const name = audience.startsWith(own) ? audience.slice(own.length) : '';
  return name === '' || name.includes('/') ? null : name;
}

/** Whether an audience is a URL of ours: then it names whom it is for, and nobody may choose it. */
export function isReserved(origin: string, audience: string): boolean {
  return audience.startsWith(`${origin}/`);
}

/** The audiences that are made for one registry. */
export function basesOf(origin: string, { id, name, org_name: organization }: NamedRegistry): string[] {
  const paths = [`registries/${id}`, `v0/registries/${id}`, `v0/mcp-registries/${id}`];
  return [...paths, `o/${organization}/registries/${name}`].map((path) => `${origin}/${path}`);
}
