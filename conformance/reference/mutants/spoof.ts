/**
 * Session managers whose spoof check is missing, too narrow or too wide (SM-5, SM-6).
 *
 * @module
 */
import type { Channel } from "../../../core/net/channel.ts";
import type { SipRequest } from "../../../core/sip/message.ts";
import { parseNameAddr } from "../../../core/sip/name_addr.ts";
import { addressOfRecord } from "../../../core/sip/uri.ts";
import type { Mutant } from "../implementation.ts";
import { smMutant, withMeddler, withParts } from "./define.ts";
import type { Link } from "./meddle.ts";
import type { Wire } from "./wire.ts";

type Verdict = ReturnType<typeof claimed>;

/** What From says, believed. */
function claimed(request: SipRequest): { ok: true; name: string } {
  try {
    return {
      ok: true,
      name: addressOfRecord(parseNameAddr(request.headers.get("From") ?? "").uri),
    };
  } catch {
    return { ok: true, name: "" };
  }
}

/** A mutant that believes From whenever `believes` says so. */
function believer(
  id: string,
  fault: string,
  scope: string[],
  believes: (request: SipRequest, channel: Channel) => boolean,
): Mutant {
  return smMutant(
    id,
    fault,
    scope,
    withParts(({ checkFrom }) => ({
      checkFrom: (request, channel) =>
        believes(request, channel) ? claimed(request) : checkFrom(request, channel),
    })),
  );
}

const all = [
  "sm/spoof/**",
  "sm/plain/spoof",
  "sm/mark/**",
  "sm/domains/*",
  "sm/worked_example/misuse",
];

const hasToTag = ({ headers }: SipRequest) => /;\s*tag=/i.test(headers.get("To") ?? "");

/** Channels that have ever proven a name, with all names they ever had. */
function memory() {
  const byChannel = new WeakMap<Channel, Set<string>>();
  const byHost = new Map<string, Set<string>>();
  return {
    note(channel: Channel) {
      const own = byChannel.get(channel) ?? new Set();
      const host = byHost.get(channel.remote.host) ?? new Set();
      for (const name of channel.names) {
        own.add(name);
        host.add(name);
      }
      byChannel.set(channel, own);
      byHost.set(channel.remote.host, host);
    },
    channel: (channel: Channel) => byChannel.get(channel) ?? new Set<string>(),
    host: (channel: Channel) => byHost.get(channel.remote.host) ?? new Set<string>(),
  };
}

/** Believes names that a memory of channels holds. */
function rememberer(
  id: string,
  fault: string,
  scope: string[],
  which: "channel" | "host",
): Mutant {
  return smMutant(
    id,
    fault,
    scope,
    withParts(({ checkFrom }, { registrar }) => {
      const seen = memory();
      const register = registrar.register.bind(registrar);
      registrar.register = async (request, channel, name) => {
        const result = await register(request, channel, name);
        seen.note(channel);
        return result;
      };
      return {
        checkFrom(request, channel): Verdict | ReturnType<typeof checkFrom> {
          seen.note(channel);
          const said = claimed(request);
          return seen[which](channel).has(said.name) ? said : checkFrom(request, channel);
        },
      };
    }),
  );
}

/** Mutants of the spoof check. */
export const spoofMutants: readonly Mutant[] = [
  believer("spoof-unchecked", "believes every From", all, () => true),
  believer(
    "spoof-invite-only",
    "checks From of INVITE and of nothing else",
    ["sm/spoof/*", "sm/plain/spoof"],
    ({ method }) => method !== "INVITE",
  ),
  believer(
    "spoof-outside-dialogs-only",
    "believes From once To has a tag",
    ["sm/spoof/in_dialog*"],
    hasToTag,
  ),
  believer("spoof-not-ack", "believes From of ACK", ["sm/spoof/ack"], (r) => r.method === "ACK"),
  believer(
    "spoof-text-search",
    "is content if From contains a name of the channel anywhere",
    ["sm/spoof/hidden_in_from", "sm/domains/names_of_its_own_domain"],
    ({ headers }, { names }) => {
      const text = decodeURIComponent(headers.get("From") ?? "");
      return [...names].some((name) => text.includes(name));
    },
  ),
  believer(
    "spoof-long-form-only",
    "looks for From and not for f",
    ["sm/spoof/compact_from"],
    ({ headers }) => !headers.fields.some(({ name }) => name.toLowerCase() === "from"),
  ),
  believer(
    "spoof-user-part-only",
    "compares the user part, without regard to case, and not the host",
    ["sm/spoof/almost_the_same_name", "sm/spoof/from_not_bound"],
    (request, { names }) => {
      const user = (name: string) => name.replace(/^sip:|[@:].*/g, "").toLowerCase();
      return [...names].some((name) => user(name) === user(claimed(request).name));
    },
  ),
  smMutant(
    "spoof-literal",
    "takes a name for its own only as it was first written",
    ["sm/spoof/same_name_other_spelling", "sm/domains/domain_in_upper_case"],
    withParts(({ checkFrom }) => ({
      checkFrom(request, channel) {
        const literal = /^<(sip:[^;>]*)>(?:;|$)/.exec(request.headers.get("From") ?? "")?.[1];
        const host = literal?.slice(literal.indexOf("@") + 1) ?? "";
        return literal !== undefined && (channel.names.has(literal) || channel.names.has(host))
          ? checkFrom(request, channel)
          : { ok: false, cause: "From is not a name of this channel" };
      },
    })),
  ),
  smMutant(
    "spoof-first-from",
    "drops every From but the first and goes on",
    ["sm/spoof/two_froms"],
    withMeddler(() => ({
      received(message) {
        let seen = false;
        message.fields = message.fields.filter(({ name }) => {
          if (!/^(from|f)$/i.test(name)) return true;
          return seen ? false : (seen = true);
        });
        const from = message.get("From");
        return from === undefined ? message : message.set("From", from.split(",")[0] ?? from);
      },
    })),
  ),
  smMutant(
    "spoof-last-from",
    "drops every From but the last and goes on",
    ["sm/spoof/two_froms"],
    withMeddler(() => ({
      received(message) {
        const last = message.list("From").at(-1);
        return last === undefined || message.list("From").length === 1
          ? message
          : message.set("From", last);
      },
    })),
  ),
  smMutant(
    "checks-the-first-request-only",
    "believes whatever comes with a To tag: From, and that there is such a dialog",
    ["sm/spoof/in_dialog*", "sm/spoof/ack"],
    withParts(({ checkFrom, dialogTokens }) => ({
      checkFrom: (request, channel) =>
        hasToTag(request) ? claimed(request) : checkFrom(request, channel),
      dialogTokens: {
        make: (facts, toName) => dialogTokens.make(facts, toName),
        verify: (_token, { toName }) => ({ other: toName, fromCaller: true }),
      },
    })),
  ),
  smMutant(
    "spoof-fills-in",
    "puts the channel's own name where From is missing or cannot be read",
    ["sm/spoof/without_from", "sm/spoof/removed_from"],
    withMeddler(() => {
      const names = new WeakMap<Link, string>();
      return {
        received(message, link) {
          const from = message.get("From") ?? "";
          const read = /<(sip:user-[a-f]@abc\.test)>(?:;|$)/.exec(from)?.[1];
          if (message.method === "REGISTER" && read) names.set(link, read);
          if (message.isResponse || read) return message;
          return message.set("From", `<${names.get(link)}>;tag=filled`);
        },
      };
    }),
  ),
  rememberer(
    "spoof-by-address",
    "binds names to addresses instead of channels",
    [
      "sm/spoof/name_of_another_channel",
      "sm/spoof/unproven_channel",
      "sm/spoof/closed_channel",
      "sm/plain/*",
    ],
    "host",
  ),
  rememberer(
    "spoof-old-channel",
    "lets a channel keep the names that were registered anew elsewhere",
    ["sm/spoof/channel_left_behind"],
    "channel",
  ),
  smMutant(
    "refuses-and-forwards",
    "tells the sender no and forwards the request all the same",
    ["sm/spoof/**", "sm/route_security/**", "sm/mark/**"],
    withParts(() => ({
      refuse(transaction, response, _refusal, proceed) {
        transaction.respond(response);
        proceed();
      },
    })),
  ),
  smMutant(
    "refuses-without-reason",
    "does not say which check a request failed",
    ["sm/spoof/refusal_names_the_check", "sm/route_security/refusal_names_the_check"],
    withParts(() => ({
      refuse(transaction, response) {
        response.headers.delete("Reason");
        transaction.respond(response);
      },
    })),
  ),
  smMutant(
    "cancel-by-anyone",
    "takes a CANCEL from whoever knows the call",
    ["sm/spoof/cancel"],
    withMeddler(() => {
      const invites = new Map<string, { link: Link; invite: Wire }>();
      return {
        received(message, link) {
          const call = message.get("Call-ID") ?? "";
          if (message.method === "INVITE") invites.set(call, { link, invite: message.clone() });
          const known = invites.get(call);
          if (message.method !== "CANCEL" || !known) return message;
          for (const name of ["Via", "From", "Route-Security"]) {
            message.set(name, known.invite.list(name)[0] ?? "");
          }
          known.link.inject(message.write());
          return undefined;
        },
      };
    }),
  ),
];
