/**
 * Who a certificate says its holder is (NTM-1): `ntm:as`, `ntm:rs`, `ntm:dc:zone`, `ntm:node:fqdn`.
 *
 * @module
 */
import type { PeerIdentity } from "../../core/net/network.ts";

/** A role with the name that goes with it: AS and RS by host name, DC by zone, node by its own name. */
export interface RoleName {
  readonly role: "as" | "dc" | "rs" | "node";
  readonly name: string;
}

/** `role:name`, as keys are filed under. */
export function peerName({ role, name }: RoleName): string {
  return `${role}:${name}`;
}

/** Every role that a verified certificate proves. */
export function rolesOf(identity: PeerIdentity | undefined): readonly RoleName[] {
  if (!identity) return [];
  return identity.uris.flatMap((uri): readonly RoleName[] => {
    const match = /^ntm:(as|rs|dc|node)(?::(.+))?$/.exec(uri);
    const [, role, name] = match ?? [];
    if (role === "as" || role === "rs") {
      return name === undefined ? identity.dns.map((dns) => ({ role, name: dns })) : [];
    }
    return (role === "dc" || role === "node") && name !== undefined
      ? [{ role, name: name.toLowerCase() }]
      : [];
  });
}

/** Whether a verified certificate proves this role. */
export function proves(identity: PeerIdentity | undefined, wanted: RoleName): boolean {
  return rolesOf(identity).some(({ role, name }) => role === wanted.role && name === wanted.name);
}

/** Whether `fqdn` is directly or further below `zone`. */
export function inZone(fqdn: string, zone: string): boolean {
  return fqdn.endsWith(`.${zone}`);
}
