/**
 * Session managers that fail at what every SIP proxy owes (SM-19, SM-22), or at staying up.
 *
 * @module
 */
import { tryParseUri } from "../../../core/sip/uri.ts";
import type { Mutant } from "../implementation.ts";
import { smMutant, withMeddler, withParts } from "./define.ts";
import type { Link } from "./meddle.ts";

const proxy = ["sm/proxy/**"];

/** Mutants of the proxy. */
export const proxyMutants: readonly Mutant[] = [
  smMutant(
    "hops-uncounted",
    "does not look at Max-Forwards",
    ["sm/proxy/max_forwards*", "sm/proxy/hops_are_counted"],
    withParts(({ screen, prependOwn }) => ({
      screen(request, settings) {
        const copy = { ...request, headers: request.headers.clone().delete("Max-Forwards") };
        return screen(copy, settings);
      },
      prependOwn(request, channel) {
        request.headers.delete("Max-Forwards");
        return prependOwn(request, channel);
      },
    })),
  ),
  smMutant(
    "proxy-require-ignored",
    "does not look at Proxy-Require",
    ["sm/proxy/proxy_require"],
    withParts(({ screen }) => ({
      screen: (request, settings) =>
        screen({ ...request, headers: request.headers.clone().delete("Proxy-Require") }, settings),
    })),
  ),
  smMutant(
    "schemes-guessed",
    "takes a URI of another scheme for a member's",
    ["sm/proxy/unknown_scheme"],
    withParts(({ screen }) => ({
      screen(request, settings) {
        const uri = tryParseUri("sip:user-b@abc.test");
        return !/^sips?:/i.test(request.uri) && uri?.kind === "sip"
          ? { ok: true, uri }
          : screen(request, settings);
      },
    })),
  ),
  smMutant(
    "loops-unseen",
    "does not know its own Via",
    ["sm/proxy/loop"],
    withParts(({ screen }) => ({
      screen: (request) => screen(request, { isOwnSentBy: () => false }),
    })),
  ),
  smMutant(
    "cancel-kept",
    "answers a CANCEL and keeps it to itself",
    ["sm/proxy/cancel"],
    withMeddler(() => ({ sent: (message) => message.method === "CANCEL" ? undefined : message })),
  ),
  smMutant(
    "path-left",
    "puts no Record-Route into the dialogs it lets through",
    ["sm/proxy/stays_on_the_path"],
    withParts(({ prependOwn }) => ({
      prependOwn(request, channel) {
        request.headers.delete("Record-Route");
        return prependOwn(request, channel);
      },
    })),
  ),
  smMutant(
    "options-unanswered",
    "does not answer for itself",
    ["sm/proxy/answers_for_itself"],
    withMeddler(() => ({
      received: (message) => message.method === "OPTIONS" ? undefined : message,
    })),
  ),
  smMutant(
    "key-information-removed",
    "takes key information out of session descriptions",
    [...proxy, "sm/registration/one_account_is_enough"],
    withMeddler(() => ({
      sent(message) {
        const text = new TextDecoder().decode(message.body);
        return text.includes("a=key-info:")
          ? message.setBody(text.replace(/a=key-info:.*\r\n/g, ""))
          : message;
      },
    })),
  ),
  smMutant(
    "unknown-headers-dropped",
    "passes on only the headers it knows",
    ["sm/proxy/passes_what_it_does_not_know"],
    withMeddler(() => ({
      sent(message) {
        message.fields = message.fields.filter(({ name }) => !name.startsWith("X-"));
        return message;
      },
    })),
  ),
  smMutant(
    "closings-unseen",
    "does not notice that a channel has closed",
    ["sm/proxy/unreachable_callee", "sm/policy/allowed_but_away"],
    withMeddler(() => ({ closed: () => false })),
  ),
  smMutant(
    "plain-channels-unused",
    "accepts calls over plain channels and delivers none to them",
    ["sm/proxy/call_over_plain_channels", "sm/plain/nothing_added_towards_it"],
    withMeddler(() => ({
      sent: (message, { kind }) =>
        kind !== "tls" && message.method === "INVITE" ? undefined : message,
    })),
  ),
  smMutant(
    "ipv4-only",
    "does not deliver to IPv6 addresses",
    ["sm/**ip=6**", "sm/spoof/over_ipv6", "sm/route_security/across_families"],
    withMeddler(() => ({
      sent: (message, { remote }) =>
        remote.host.includes(":") && !message.isResponse ? undefined : message,
    })),
  ),
  smMutant(
    "dies-of-bad-input",
    "closes every connection when one sends something it cannot read",
    ["sm/torture/**"],
    withMeddler(() => {
      const links = new Set<Link>();
      let dead = false;
      const good =
        /^(REGISTER|MESSAGE|OPTIONS|INVITE|ACK|BYE|CANCEL) sip:(?:\S+@)?abc\.test\S* SIP\/2\.0\r\n|^SIP\/2\.0 (?:200|486|487) /;
      return {
        opened: (link) => void links.add(link),
        octets(octets, link) {
          if (dead) return undefined;
          const text = new TextDecoder("latin1").decode(octets);
          const length = /^content-length:\s*(\d{1,5})\r\n/im.exec(text)?.[1];
          const end = text.indexOf("\r\n\r\n") + 4;
          const whole = good.test(text) && length !== undefined &&
            octets.length >= end + Number(length) && !/[^\r]\n|\r[^\n]|\0/.test(text.slice(0, end));
          const known = text.startsWith("SIP/2.0")
            ? /\r\nCSeq: \d+ (MESSAGE|INVITE|OPTIONS)/.test(text)
            : true;
          if (whole && known) return octets;
          dead = true;
          for (const one of links) if (one !== link) one.abort();
          link.abort();
          return undefined;
        },
      };
    }),
  ),
  smMutant(
    "malformed-unanswered",
    "says nothing to whoever sends what it refuses",
    ["sm/torture/**"],
    withMeddler(() => ({
      sent: (message) => message.status >= 400 && message.status !== 401 ? undefined : message,
    })),
  ),
  smMutant(
    "control-characters-blanked",
    "replaces control characters by blanks and goes on",
    ["sm/torture/line_ends"],
    withMeddler(() => ({
      octets: (octets) =>
        octets.map((octet, at) =>
          octet === 0 || (octet === 13 && octets[at + 1] !== 10) ? 32 : octet
        ),
    })),
  ),
];
