/**
 * Session managers that let through, or show, what policy hides (SM-17, SM-18, SM-21).
 *
 * @module
 */
import { addressOfRecord } from "../../../core/sip/uri.ts";
import type { Mutant } from "../implementation.ts";
import { smMutant, withMeddler, withParts } from "./define.ts";

const policy = ["sm/policy/**", "sm/domains/hidden_from_the_neighbour"];

/** Mutants of policy and name resolution. */
export const policyMutants: readonly Mutant[] = [
  smMutant("policy-ignored", "lets everybody reach everybody", policy, {
    config: (config) => ({ ...config, policy: { default: "allow", rules: [] } }),
  }),
  smMutant(
    "policy-for-members-only",
    "asks policy about its own members and not about a neighbour's users",
    ["sm/domains/hidden_from_the_neighbour"],
    withParts(({ policy }) => ({
      policy: { allows: (from, to) => !from.endsWith("@abc.test") || policy.allows(from, to) },
    })),
  ),
  smMutant(
    "policy-says-forbidden",
    "answers 403 where policy refuses and 404 where nobody is",
    [...policy, "sm/registration/unknown_account"],
    withParts((parts) => ({
      locate(from, uri, written, channel) {
        return parts.policy.allows(from, addressOfRecord(uri))
          ? parts.locate(from, uri, written, channel)
          : { ok: false, refusal: { status: 403, cause: "refused by policy" } };
      },
    })),
  ),
  smMutant(
    "policy-shows-a-header",
    "answers 404 to both, with one header more where policy refuses",
    policy,
    withParts((parts) => ({
      locate(from, uri, written, channel) {
        const located = parts.locate(from, uri, written, channel);
        if (located.ok || parts.policy.allows(from, addressOfRecord(uri))) return located;
        return {
          ok: false,
          refusal: { ...located.refusal, headers: [["Warning", '399 abc.test "policy"']] },
        };
      },
    })),
  ),
  smMutant(
    "policy-after-resolution",
    "says that a hidden callee is away when it is away",
    ["sm/policy/not_registered_but_hidden"],
    withParts((parts) => ({
      locate(from, uri, written, channel) {
        const found = parts.resolver.resolve(uri, written);
        return found.kind === "away"
          ? { ok: false, refusal: { status: 480, cause: "callee is not registered" } }
          : parts.locate(from, uri, written, channel);
      },
    })),
  ),
  smMutant(
    "refusal-tells-the-address",
    "tells a refused caller where the callee is",
    ["sm/policy/refused_caller"],
    withParts(({ refuse }) => ({
      refuse(transaction, response, refusal, proceed) {
        if (response.status === 404) response.headers.append("Contact", "<sip:user-b@192.0.2.1>");
        refuse(transaction, response, refusal, proceed);
      },
    })),
  ),
  smMutant(
    "away-is-nobody",
    "answers alike for a member that is away and a name that does not exist",
    ["sm/policy/allowed_but_away"],
    withParts((parts) => ({
      locate(from, uri, written, channel) {
        const located = parts.locate(from, uri, written, channel);
        return located.ok || located.refusal.status !== 480
          ? located
          : { ok: false, refusal: { status: 404, cause: "no such callee" } };
      },
    })),
  ),
  smMutant(
    "dialogs-unproven",
    "takes a To tag for a dialog",
    ["sm/policy/*", "sm/spoof/in_dialog", "sm/spoof/ack"],
    {
      ...withParts(() => ({
        dialogTokens: {
          make: () => "open",
          verify: (_token, { toName }) => ({ other: toName, fromCaller: true }),
        },
      })),
      // A request without a Route of ours gets one, so that the open token is found.
      ...withMeddler(() => ({
        received(message, { local }) {
          if (message.isResponse || !/;\s*tag=/i.test(message.get("To") ?? "")) return message;
          return message.set("Route", `<sip:${local.host}:${local.port};lr;sm=open>`);
        },
      })),
    },
  ),
  smMutant(
    "dialogs-by-request-uri",
    "sends a request within a dialog to whatever its Request-URI says",
    ["sm/policy/other_uri_within_a_dialog"],
    withParts(({ resolver, registrar }) => ({
      resolver: {
        ...resolver,
        resolveDialog(other, uri, written, next) {
          const named = registrar.of(`sip:${uri.user}@abc.test`).flatMap(({ channel, contact }) =>
            channel ? [{ via: channel, uri: contact, last: true }] : []
          );
          return named.length > 0
            ? { kind: "found", targets: named }
            : resolver.resolveDialog(other, uri, written, next);
        },
      },
    })),
  ),
  smMutant(
    "addresses-hidden",
    "puts its own address where the terminals tell each other theirs",
    ["sm/policy/addresses_travel"],
    withMeddler(() => ({
      sent(message, { local }) {
        if (message.cseqMethod !== "INVITE" || !message.get("Contact")) return message;
        return message.set("Contact", `<sip:server@${local.host}:${local.port}>`);
      },
    })),
  ),
  smMutant(
    "name-not-resolved",
    "sends a request on with the name it was sent to",
    ["sm/policy/name_is_resolved", "sm/registration/moves_with_the_terminal"],
    withParts(({ resolver }) => ({
      resolver: {
        ...resolver,
        resolve(uri, written) {
          const found = resolver.resolve(uri, written);
          if (found.kind !== "found") return found;
          return { kind: "found", targets: found.targets.map((one) => ({ ...one, uri: written })) };
        },
      },
    })),
  ),
  smMutant(
    "sent-to-everybody",
    "sends a request to the callee and to a third terminal as well",
    ["sm/policy/name_is_resolved"],
    withParts(({ resolver, registrar }) => ({
      resolver: {
        ...resolver,
        resolve(uri, written) {
          const found = resolver.resolve(uri, written);
          if (found.kind !== "found") return found;
          const also = registrar.of("sip:user-c@abc.test").flatMap(({ channel, contact }) =>
            channel ? [{ via: channel, uri: contact, last: true }] : []
          );
          return { kind: "found", targets: [...found.targets, ...also] };
        },
      },
    })),
  ),
  smMutant(
    "refusals-promised",
    "answers 202 and drops what it cannot deliver",
    ["sm/way_back/server_made_answers", "sm/domains/n*", "sm/policy/*", "sm/torture/unsupported"],
    withParts(() => ({
      refuse: (transaction, response) => transaction.respond({ ...response, status: 202 }),
    })),
  ),
];
