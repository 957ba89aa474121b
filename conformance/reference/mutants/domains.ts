/**
 * Session managers that trust a neighbour with more than it proves, or with less (SM-20).
 *
 * @module
 */
import type { Channel } from "../../../core/net/channel.ts";
import { parseNameAddr } from "../../../core/sip/name_addr.ts";
import { addressOfRecord } from "../../../core/sip/uri.ts";
import type { Mutant } from "../implementation.ts";
import { smMutant, withParts } from "./define.ts";

const server = ({ names }: Channel) => [...names].find((name) => !name.includes(":"));

/** Name and host in From; empty where it cannot be read. */
function fromOf(value: string | undefined): { name: string; host: string } {
  try {
    const { uri } = parseNameAddr(value ?? "");
    return { name: addressOfRecord(uri), host: uri.kind === "sip" ? uri.host : "" };
  } catch {
    return { name: "", host: "" };
  }
}

/** A mutant that believes a From by its name, its host and the channel. */
function believer(
  id: string,
  fault: string,
  scope: readonly string[],
  believes: (from: { name: string; host: string }, channel: Channel) => boolean,
): Mutant {
  return smMutant(
    id,
    fault,
    scope,
    withParts(({ checkFrom }) => ({
      checkFrom(request, channel) {
        const from = fromOf(request.headers.get("From"));
        return believes(from, channel)
          ? { ok: true, name: from.name }
          : checkFrom(request, channel);
      },
    })),
  );
}

/** Mutants in the dealings with other domains. */
export const domainMutants: readonly Mutant[] = [
  believer(
    "neighbour-speaks-for-all",
    "believes every name from a neighbour",
    ["sm/domains/*"],
    (_from, channel) => server(channel) !== undefined,
  ),
  believer(
    "neighbour-speaks-for-subdomains",
    "compares the end of the domain",
    ["sm/domains/names_of_its_own_domain"],
    ({ host }, channel) => host.endsWith(server(channel) ?? " "),
  ),
  believer(
    "neighbours-users-believed-of-all",
    "believes a name of the neighbour's domain from whoever sends it",
    ["sm/domains/*"],
    ({ host }) => host === "xyz.test",
  ),
  smMutant(
    "domains-compared-as-written",
    "knows a domain only in lower case",
    ["sm/domains/domain_in_upper_case"],
    withParts(({ checkFrom }) => ({
      checkFrom(request, channel) {
        return /@[^;>]*[A-Z]/.test(request.headers.get("From") ?? "")
          ? { ok: false, cause: "From is not of the neighbour's domain" }
          : checkFrom(request, channel);
      },
    })),
  ),
  smMutant(
    "any-server-is-a-neighbour",
    "takes every server with a certificate for a neighbour",
    ["sm/domains/unknown_domain"],
    withParts(() => ({
      certificateNames: ({ uris, dns }) => ({
        terminals: uris.filter((uri) => uri.includes("@")),
        servers: uris.some((uri) => uri.includes("@"))
          ? []
          : [...dns, ...uris.map((uri) => uri.replace(/^sips?:/, ""))],
      }),
    })),
  ),
  smMutant(
    "neighbour-registers-members",
    "lets a neighbour register whom it likes",
    ["sm/domains/registers_nobody"],
    withParts(({ authenticator }) => ({
      authenticator: {
        async prove(request, channel, name) {
          if (server(channel) !== undefined) return { ok: true };
          return await authenticator.prove(request, channel, name);
        },
      },
    })),
  ),
  smMutant(
    "neighbour-not-reached",
    "knows its neighbours' users and not the way to them",
    ["sm/domains/call_to_the_neighbour", "sm/worked_example/*"],
    { config: (config) => ({ ...config, neighbours: [] }) },
  ),
  smMutant(
    "unknown-domains-are-away",
    "answers for a domain nobody serves as for a member that is away",
    ["sm/domains/nobody_there"],
    withParts(({ resolver }) => ({
      resolver: {
        ...resolver,
        resolve: (uri, written) =>
          uri.host === "abc.test" || uri.host === "xyz.test"
            ? resolver.resolve(uri, written)
            : { kind: "away" },
      },
    })),
  ),
];
