/**
 * Session managers that check or pass answers wrongly (SM-14, SM-15, SM-26).
 *
 * @module
 */
import { ROUTE_SECURITY } from "../../../core/sip/route_security.ts";
import type { ChainVerdict } from "../../../core/sip/route_security_check.ts";
import type { Mutant } from "../implementation.ts";
import { smMutant, withMeddler, withParts } from "./define.ts";
import type { Link } from "./meddle.ts";

const back = ["sm/way_back/**", "sm/worked_example/way_back", "sm/domains/way_back_through_us"];
const PASS: ChainVerdict = { verdict: "pass" };
const NO: ChainVerdict = {
  verdict: "mismatch",
  cause: "values differ from those in the request",
  detail: "",
};

/** Mutants of the way back. */
export const wayBackMutants: readonly Mutant[] = [
  smMutant(
    "way-back-unchecked",
    "passes every answer on",
    back,
    withParts(() => ({ checkResponse: () => PASS })),
  ),
  smMutant(
    "way-back-final-only",
    "checks final answers and not provisional ones",
    ["sm/way_back/provisional"],
    withParts(({ checkResponse }) => ({
      checkResponse: (response, sent, own, last) =>
        response.status < 200 ? PASS : checkResponse(response, sent, own, last),
    })),
  ),
  smMutant(
    "way-back-own-address-only",
    "looks for its own address anywhere in the answer and for nothing else",
    ["sm/way_back/chain_must_come_back", "sm/domains/way_back_through_us"],
    withParts(({ checkResponse }) => ({
      checkResponse(response, sent, own, last) {
        const found = response.headers.getAll(ROUTE_SECURITY).join();
        return own && found.includes(own.raw) ? PASS : checkResponse(response, sent, own, last);
      },
    })),
  ),
  smMutant(
    "way-back-all-in-every-mode",
    "compares the whole chain though only the neighbour was asked for",
    ["sm/way_back/neighbour*"],
    {
      config: (config) => ({
        ...config,
        routeSecurity: { ...config.routeSecurity, check: "chain" },
      }),
    },
  ),
  smMutant(
    "way-back-none-in-neighbour-mode",
    "takes trust in the neighbour for trust in the answer",
    ["sm/way_back/neighbour*"],
    withParts((parts, { config }) => ({
      checkResponse: (...given) =>
        config.routeSecurity.check === "neighbour" ? PASS : parts.checkResponse(...given),
    })),
  ),
  smMutant(
    "way-back-literal",
    "compares the answer's fields as they are written",
    ["sm/way_back/forms_that_pass"],
    withParts(({ checkResponse }) => ({
      checkResponse(response, sent, own, last) {
        const fields = response.headers.fields.filter(({ key }) => key === "route-security");
        const folded = fields.some(({ raw }) => /\r\n[ \t]/.test(raw ?? ""));
        const joined = fields.map(({ value }) => value).join(", ");
        const same = joined === sent.map(({ raw }) => raw).join(", ") && fields.length === 1;
        return same && !folded ? checkResponse(response, sent, own, last) : NO;
      },
    })),
  ),
  smMutant(
    "way-back-refused-when-marking",
    "refuses an answer where it should let it pass",
    ["sm/way_back/marked_not_refused"],
    {
      config: (config) => ({
        ...config,
        routeSecurity: { ...config.routeSecurity, mismatch: "refuse" },
      }),
    },
  ),
  smMutant(
    "answers-stripped",
    "takes Route-Security out of the answers it passes on",
    ["sm/way_back/*", "sm/route_security/across_families", "sm/worked_example/*", "sm/domains/*"],
    withParts(({ passResponse }) => ({
      passResponse(response) {
        response.headers.delete(ROUTE_SECURITY);
        return passResponse(response);
      },
    })),
  ),
  smMutant(
    "own-answers-stripped",
    "makes answers without the values of the request",
    ["sm/way_back/server_made_answers"],
    withParts(() => ({
      refuse(transaction, response) {
        response.headers.delete(ROUTE_SECURITY);
        transaction.respond(response);
      },
    })),
  ),
  smMutant(
    "callee-left-hanging",
    "refuses an answer to the caller and tells the callee nothing",
    ["sm/way_back/answered_call_is_ended"],
    withMeddler(() => ({
      // Only a request that the server makes itself has one Via.
      sent: (message) =>
        /^(ACK|BYE)$/.test(message.method) && message.list("Via").length === 1
          ? undefined
          : message,
    })),
  ),
  smMutant(
    "answers-of-anyone",
    "takes an answer from whoever knows the branch",
    ["sm/way_back/answers_of_others"],
    withMeddler(() => {
      const went = new Map<string, Link>();
      const branch = (via: string | undefined) => /;branch=([^;,]+)/.exec(via ?? "")?.[1] ?? "";
      return {
        sent(message, link) {
          if (!message.isResponse) went.set(branch(message.list("Via")[0]), link);
          return message;
        },
        received(message, link) {
          const right = message.isResponse && went.get(branch(message.list("Via")[0]));
          if (!right || right === link) return message;
          right.inject(message.write());
          return undefined;
        },
      };
    }),
  ),
];
