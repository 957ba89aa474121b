/**
 * Session managers that check or write Route-Security wrongly on the way out (SM-7 to SM-12).
 *
 * @module
 */
import { isMapped } from "../../../core/net/address.ts";
import type { Channel } from "../../../core/net/channel.ts";
import type { SipRequest } from "../../../core/sip/message.ts";
import {
  parseRouteSecurity,
  ROUTE_SECURITY,
  routeSecurity,
  RouteSecurityError,
} from "../../../core/sip/route_security.ts";
import type { Mutant } from "../implementation.ts";
import { smMutant, withParts } from "./define.ts";

const out = [
  "sm/route_security/**",
  "sm/plain/claims_no_level",
  "sm/worked_example/*",
  "sm/domains/route_security_from_it",
];

/** The values, or none where they cannot be read. */
function valuesOf(request: SipRequest) {
  try {
    return parseRouteSecurity(request.headers);
  } catch (error) {
    if (error instanceof RouteSecurityError) return [];
    throw error;
  }
}

/** A mutant that lets a request pass whenever `content` says so. */
function content(
  id: string,
  fault: string,
  scope: readonly string[],
  contented: (request: SipRequest, channel: Channel) => boolean,
): Mutant {
  return smMutant(
    id,
    fault,
    scope,
    withParts(({ checkRoute }) => ({
      checkRoute: (request, channel) =>
        contented(request, channel) ? { verdict: "pass" } : checkRoute(request, channel),
      // What it did not read on the way out it cannot compare on the way back.
      sentValues: valuesOf,
    })),
  );
}

/** A mutant that writes the server's own value in another way. */
function writer(
  id: string,
  fault: string,
  scope: readonly string[],
  write: (request: SipRequest, channel: Channel) => void,
): Mutant {
  return smMutant(
    id,
    fault,
    scope,
    withParts(() => ({
      prependOwn(request, channel) {
        write(request, channel);
        return undefined;
      },
    })),
  );
}

/** A mutant that refuses what does not look the way it would have written it. */
function refuser(
  id: string,
  fault: string,
  scope: readonly string[],
  refuses: (request: SipRequest) => boolean,
): Mutant {
  return smMutant(
    id,
    fault,
    scope,
    withParts(({ checkRoute }) => ({
      checkRoute: (request, channel) =>
        refuses(request)
          ? {
            verdict: "refuse",
            status: 403,
            cause: "no value for the link it came on",
            detail: "",
          }
          : checkRoute(request, channel),
    })),
  );
}

const server = ({ names }: Channel) => [...names].some((name) => !name.includes(":"));

/** Mutants of the checks and of the server's own value. */
export const routeSecurityMutants: readonly Mutant[] = [
  content("route-unchecked", "looks at no Route-Security", out, () => true),
  content(
    "route-invite-only",
    "checks Route-Security of INVITE and of nothing else",
    ["sm/route_security/*"],
    ({ method }) => method !== "INVITE",
  ),
  content(
    "route-outside-dialogs-only",
    "checks Route-Security until To has a tag",
    ["sm/route_security/within_dialogs", "sm/route_security/ack"],
    ({ headers }) => /;\s*tag=/i.test(headers.get("To") ?? ""),
  ),
  content(
    "route-level-unchecked",
    "compares the address and not the level",
    ["sm/route_security/newest_level", "sm/plain/claims_no_level"],
    (request, { remote }) => valuesOf(request)[0]?.address === remote.host,
  ),
  content(
    "route-address-unchecked",
    "compares the level and not the address",
    ["sm/route_security/newest_address*"],
    (request, { level }) => valuesOf(request)[0]?.level === level,
  ),
  content(
    "route-anywhere",
    "is content if the previous node's address is anywhere in the list",
    ["sm/route_security/order"],
    (request, { remote }) => request.headers.getAll(ROUTE_SECURITY).join().includes(remote.host),
  ),
  content(
    "route-may-be-missing",
    "checks a value if there is one",
    ["sm/route_security/missing"],
    ({ headers }) => (headers.get(ROUTE_SECURITY) ?? "") === "",
  ),
  content(
    "route-unreadable-passes",
    "takes what it cannot read for somebody else's affair",
    ["sm/route_security/malformed"],
    (request) => valuesOf(request).length === 0 && request.headers.has(ROUTE_SECURITY),
  ),
  content(
    "route-mapped-is-ipv4",
    "takes an IPv4-mapped address for the IPv4 address",
    ["sm/route_security/newest_address"],
    (request, { remote }) => {
      const address = valuesOf(request)[0]?.address ?? "";
      return isMapped(address) && address.endsWith(`:${remote.host}`);
    },
  ),
  content(
    "route-of-servers-unchecked",
    "checks terminals and trusts every neighbour",
    ["sm/domains/route_security_from_it"],
    (_request, channel) => server(channel),
  ),
  refuser(
    "route-one-spelling",
    "reads an address only as it would have written it",
    ["sm/route_security/same_address_other_spelling", "sm/route_security/long_ipv6_spelling"],
    ({ headers }) => {
      const first = headers.fields.find(({ key }) => key === "route-security");
      const text = first?.raw?.replace(/\r\n$/, "") ?? `${first?.name}: ${first?.value}`;
      return first !== undefined &&
        !/^Route-Security: \[([0-9.]+|::1|[1-9a-f][0-9a-f:]*)\];level=[0-3](, \[.*)?$/.test(text);
    },
  ),
  smMutant(
    "minimum-level-ignored",
    "knows no minimum level",
    ["sm/route_security/minimum_level"],
    {
      config: (config) => ({
        ...config,
        routeSecurity: { ...config.routeSecurity, minimumLevel: 0 },
      }),
    },
  ),
  writer("own-missing", "adds no value of its own", [
    ...out,
    "sm/way_back/refusals_too",
    "sm/domains/call_to_the_neighbour",
  ], () => {}),
  writer(
    "own-at-the-end",
    "adds its own value behind the others",
    [...out, "sm/domains/gaps_before_it_stay_visible"],
    ({ headers }, { local, level }) =>
      void headers.append(ROUTE_SECURITY, routeSecurity(local.host, level).raw),
  ),
  writer(
    "own-with-the-next-address",
    "writes the address of the next node instead of its own",
    ["sm/route_security/server_adds_its_own", "sm/route_security/across_families"],
    ({ headers }, { remote, level }) =>
      void headers.prepend(ROUTE_SECURITY, routeSecurity(remote.host, level).raw),
  ),
  writer(
    "own-only",
    "replaces the list by its own value",
    ["sm/route_security/list_forms_kept", "sm/domains/gaps_before_it_stay_visible"],
    ({ headers }, { local, level }) =>
      void headers.set(ROUTE_SECURITY, routeSecurity(local.host, level).raw),
  ),
  writer(
    "own-level-invented",
    "claims level 3 for every link it sends on",
    ["sm/plain/*", "sm/registration/plain_channel_shows_no_level"],
    ({ headers }, { local }) =>
      void headers.prepend(ROUTE_SECURITY, routeSecurity(local.host, 3).raw),
  ),
  smMutant(
    "chain-tidied",
    "gives every value of the chain the level of its own link",
    ["sm/domains/gaps_before_it_stay_visible", "sm/plain/shows_as_what_it_is", "sm/mark/*"],
    withParts(({ prependOwn }) => ({
      prependOwn(request, channel) {
        const values = valuesOf(request).map(({ address }) => routeSecurity(address, 3).raw);
        if (values.length > 0) request.headers.set(ROUTE_SECURITY, values.join(", "));
        return prependOwn(request, channel);
      },
    })),
  ),
  smMutant(
    "mark-refused",
    "refuses a mismatch that it should mark",
    ["sm/mark/*"],
    {
      config: (config) => ({
        ...config,
        routeSecurity: { ...config.routeSecurity, mismatch: "refuse" },
      }),
    },
  ),
  smMutant(
    "mark-left-out",
    "lets a mismatch and a plain link pass without a mark",
    ["sm/mark/*", "sm/plain/shows_as_what_it_is"],
    withParts(({ checkRoute }) => ({
      checkRoute(request, channel) {
        const verdict = checkRoute(request, channel);
        return verdict.verdict === "mark" ? { verdict: "pass" } : verdict;
      },
    })),
  ),
  smMutant(
    "mark-without-cause",
    "marks what matches as well",
    ["sm/mark/*"],
    withParts(({ checkRoute }) => ({
      checkRoute(request, channel) {
        const verdict = checkRoute(request, channel);
        return verdict.verdict === "pass"
          ? { verdict: "mark", value: routeSecurity(channel.remote.host) }
          : verdict;
      },
    })),
  ),
  smMutant(
    "mark-everything",
    "marks a forged From as well and lets it pass",
    ["sm/mark/spoof_is_refused_all_the_same"],
    withParts(() => ({ checkFrom: () => ({ ok: true, name: "sip:user-a@abc.test" }) })),
  ),
  smMutant(
    "plain-is-secure",
    "takes every channel for one of level 3",
    ["sm/plain/*", "sm/registration/plain_channel_shows_no_level"],
    withParts(({ checkRoute, prependOwn }) => ({
      checkRoute: (request, channel) => checkRoute(request, { ...channel, level: 3 }),
      prependOwn: (request, channel) => prependOwn(request, { ...channel, level: 3 }),
    })),
  ),
];
