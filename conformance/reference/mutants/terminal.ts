/**
 * Terminals that judge, prove or say too little (SM-13, SM-14, SM-16, SM-19).
 *
 * @module
 */
import { ROUTE_SECURITY } from "../../../core/sip/route_security.ts";
import { makeResponse } from "../../../core/sip/build.ts";
import { judgeChain } from "../../../core/sip/route_security_check.ts";
import type { Mutant } from "../implementation.ts";
import type { TerminalFault } from "../terminal.ts";
import { terminalMutant } from "./define.ts";
import { type Meddler, meddlingRuntime } from "./meddle.ts";

const callee = ["terminal/callee/**"];
const caller = ["terminal/caller/**"];

/** A terminal on whose network somebody meddles. */
function meddled(make: (password: string) => Meddler): TerminalFault {
  return {
    runtime: (runtime, settings) => meddlingRuntime(runtime, make(settings.password)),
  };
}

/** Mutants of the terminal in calls. */
export const terminalMutants: readonly Mutant[] = [
  terminalMutant(
    "terminal-trusts-every-chain",
    "judges no chain",
    ["terminal/**"],
    { parts: { judgeChain: () => ({ verdict: "pass" }) } },
  ),
  terminalMutant(
    "terminal-trusts-its-neighbour",
    "looks at the newest value only, though the whole chain is its business",
    ["terminal/callee/judges_the_chain", "terminal/caller/judges_the_answer"],
    {
      parts: {
        judgeChain: (message, channel, settings) =>
          judgeChain(message, channel, { ...settings, mode: "neighbour" }),
      },
    },
  ),
  terminalMutant(
    "terminal-judges-all-always",
    "judges the whole chain though it was told to trust its neighbour",
    ["terminal/*/neighbour_only"],
    {
      parts: {
        judgeChain: (message, channel, settings) =>
          judgeChain(message, channel, { ...settings, mode: "chain" }),
      },
    },
  ),
  terminalMutant(
    "terminal-judges-once",
    "judges the first request of a call and no other",
    ["terminal/callee/within_the_call"],
    {
      parts: {
        judgeChain: (message, channel, settings) =>
          /;\s*tag=/i.test(message.headers.get("To") ?? "")
            ? { verdict: "pass" }
            : judgeChain(message, channel, settings),
      },
    },
  ),
  terminalMutant(
    "terminal-judges-calls-only",
    "judges the chain of an INVITE and of nothing else",
    ["terminal/callee/judges_the_chain"],
    {
      parts: {
        judgeChain: (message, channel, settings) =>
          message.kind === "request" && message.method !== "INVITE"
            ? { verdict: "pass" }
            : judgeChain(message, channel, settings),
      },
    },
  ),
  terminalMutant(
    "terminal-strips-answers",
    "answers without the values of the request",
    callee,
    {
      parts: {
        makeResponse(...given) {
          const response = makeResponse(...given);
          response.headers.delete(ROUTE_SECURITY);
          return response;
        },
      },
    },
  ),
  terminalMutant(
    "terminal-refuses-in-full",
    "tells a caller that it refuses where it can be reached",
    ["terminal/callee/refused_shows_nothing"],
    meddled(() => ({
      sent: (message, { local }) =>
        message.status >= 400
          ? message.set("Contact", `<sip:user-b@${local.host}:${local.port}>`)
          : message,
    })),
  ),
  terminalMutant(
    "terminal-talks-in-the-clear",
    "takes a call whose offer or answer has no key information",
    [...callee, ...caller],
    {
      config: (config) => ({ ...config, keyInformation: "optional" }),
      parts: { answersOffer: () => true },
    },
  ),
  terminalMutant(
    "terminal-without-key-information",
    "sends no key information of its own",
    [...callee, ...caller],
    meddled(() => ({
      sent(message) {
        const text = new TextDecoder().decode(message.body);
        return text.includes("a=key-info:")
          ? message.setBody(text.replace(/a=key-info:.*\r\n/g, ""))
          : message;
      },
    })),
  ),
  terminalMutant(
    "terminal-forgives-offers",
    "makes up what is wrong with the key information of an offer",
    ["terminal/callee/key_information"],
    meddled(() => {
      let good = "";
      return {
        received(message) {
          if (message.method !== "INVITE") return message;
          const text = new TextDecoder().decode(message.body);
          if (good === "") good = text;
          return message.setBody(good);
        },
      };
    }),
  ),
  terminalMutant(
    "terminal-any-dialog",
    "takes every BYE for one of its call",
    ["terminal/callee/strange_dialog"],
    meddled(() => {
      const call = { to: "", from: "", id: "" };
      return {
        sent(message) {
          if (message.status === 200 && message.cseqMethod === "INVITE") {
            call.to = message.get("To") ?? "";
            call.from = message.get("From") ?? "";
            call.id = message.get("Call-ID") ?? "";
          }
          return message;
        },
        received: (message) =>
          message.method === "BYE"
            ? message.set("To", call.to).set("From", call.from).set("Call-ID", call.id)
            : message,
      };
    }),
  ),
  terminalMutant(
    "terminal-dies-of-bad-input",
    "closes its channel when it is sent something malformed",
    ["terminal/callee/malformed_requests"],
    meddled(() => ({
      received(message, link) {
        const froms = message.fields.filter(({ name }) => /^(from|f)$/i.test(name)).length;
        if (froms === 1 && !/"open/.test(message.get("To") ?? "")) return message;
        link.abort();
        return undefined;
      },
    })),
  ),
  terminalMutant(
    "terminal-vouches-for-nothing",
    "adds no Route-Security of its own",
    caller,
    { parts: { prependOwn: () => undefined } },
  ),
  terminalMutant(
    "terminal-vouches-for-calls-only",
    "adds Route-Security to INVITE and to nothing else",
    ["terminal/caller/every_request"],
    meddled(() => ({
      sent: (message) =>
        /^(MESSAGE|ACK)$/.test(message.method) ? message.delete(ROUTE_SECURITY) : message,
    })),
  ),
  terminalMutant(
    "terminal-keeps-its-name",
    "calls in its own name though it was told to claim another",
    ["terminal/caller/claims_another_name"],
    {
      action: (action) => action.kind === "call" ? { kind: "call", to: action.to } : action,
    },
  ),
  terminalMutant(
    "terminal-says-no-reason",
    "reports a refusal without its reason or its status",
    ["terminal/caller/refused"],
    { outcome: ({ status }) => ({ status, output: "refused" }) },
  ),
  terminalMutant(
    "terminal-always-content",
    "reports success whatever happened",
    ["terminal/caller/**", "terminal/registration/**"],
    { outcome: ({ output }) => ({ status: 0, output }) },
  ),
  terminalMutant(
    "terminal-ipv4-only",
    "cannot do IPv6",
    ["terminal/*/whole_call", "terminal/*/invites", "terminal/registration/handshake"],
    meddled(() => ({
      sent: (message, { remote }) => remote.host.includes(":") ? undefined : message,
    })),
  ),
];
