/**
 * The Route-Security checks, as functions of a message and the channel it came on or goes to. The
 * session manager, the terminal and the conformance harness call the same ones.
 *
 * On the request: {@link checkRequest} at each receiver (SM-10 to SM-12), {@link prependOwn} at each
 * sender (SM-7 to SM-9). On the way back: {@link checkResponse} at each server (SM-14, SM-15). At the
 * ends: {@link judgeChain} (SM-13, SM-16, SM-26).
 *
 * @module
 */
import type { Channel, SecurityLevel } from "../net/channel.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import {
  parseRouteSecurity,
  ROUTE_SECURITY,
  type RouteSecurity,
  routeSecurity,
  RouteSecurityError,
  type RouteSecurityLimits,
  sameRouteSecurity,
} from "./route_security.ts";

/** Why a check failed: fixed phrases, used in `Reason` texts and logs. */
export const ROUTE_SECURITY_CAUSES = {
  /** The header does not follow the grammar, or has more values than the limit. */
  malformed: "the header cannot be read",
  /** A link that is secure, and no value. */
  missing: "no value for the link it came on",
  address: "newest address is not the previous node's",
  level: "newest level is not the link's",
  minimum: "the link is below the minimum level",
  /** A response with fewer values than the request had. */
  removed: "values are missing in the response",
  changed: "values differ from those in the request",
  added: "more values than the request had",
  own: "own value is not at its position",
  /** At the ends: fewer values than links. */
  gap: "a link without a value",
  /** At the ends: a value without level, or with one below the minimum. */
  weak: "a link below the minimum level",
} as const;

/** One of {@link ROUTE_SECURITY_CAUSES}. */
export type RouteSecurityCause = typeof ROUTE_SECURITY_CAUSES[keyof typeof ROUTE_SECURITY_CAUSES];

/** A check that failed. */
export interface RouteSecurityFault {
  readonly cause: RouteSecurityCause;
  /** Particulars for a log or a person: which value, what was expected. No full stop. */
  readonly detail: string;
}

/** What to do with a request. */
export type RequestVerdict =
  | { readonly verdict: "pass" }
  /** Put `value` (the previous node's address, no level) in front, so that the gap shows downstream. */
  | { readonly verdict: "mark"; readonly value: RouteSecurity; readonly fault?: RouteSecurityFault }
  | ({ readonly verdict: "refuse"; readonly status: 400 | 403 } & RouteSecurityFault);

/** Settings of {@link checkRequest}. */
export interface RequestCheckSettings {
  /** What a mismatch leads to: an error to the sender (¶0047, ¶0054), or a mark in the chain (¶0045). */
  readonly mismatch: "refuse" | "mark";
  /** Links below it are refused, whatever the header says. Omitted: 0. */
  readonly minimumLevel?: SecurityLevel;
  readonly limits?: RouteSecurityLimits;
}

const PASS: RequestVerdict = { verdict: "pass" };

/**
 * Checks the newest value of a request against the channel it came on (SM-10, SM-11).
 *
 * A header that cannot be read is refused under both policies, as nothing behind a mark could be
 * compared on the way back. A missing header on a channel of level 0 is right (SM-8) and is marked, so
 * that the link stays visible as what it is (SM-24).
 */
export function checkRequest(
  request: SipRequest,
  channel: Channel,
  settings: RequestCheckSettings,
): RequestVerdict {
  const read = readValues(request, settings.limits);
  if ("cause" in read) return { verdict: "refuse", status: 400, ...read };
  if (channel.level < (settings.minimumLevel ?? 0)) {
    return { verdict: "refuse", status: 403, ...belowMinimum(channel, settings.minimumLevel) };
  }
  const newest = read.values[0];
  if (newest === undefined && channel.level === 0) {
    return { verdict: "mark", value: routeSecurity(channel.remote.host) };
  }
  const fault = newestFault(newest, channel);
  if (fault === undefined) return PASS;
  if (settings.mismatch === "mark") {
    return { verdict: "mark", value: routeSecurity(channel.remote.host), fault };
  }
  return { verdict: "refuse", status: 403, ...fault };
}

/**
 * Puts this node's value for the link it sends on in front, where that link has at least level
 * `addFrom` (SM-7 to SM-9). Changes `request`; gives the value, or undefined where none was added.
 */
export function prependOwn(
  request: SipRequest,
  channel: Channel,
  settings: { readonly addFrom: SecurityLevel },
): RouteSecurity | undefined {
  if (channel.level < settings.addFrom) return undefined;
  const own = routeSecurity(channel.local.host, channel.level);
  request.headers.prepend(ROUTE_SECURITY, own.raw);
  return own;
}

/** Settings of {@link checkResponse}. */
export interface ResponseCheckSettings {
  /** `chain`: all values that were sent; `neighbour`: this node's own only (SM-26). */
  readonly mode: "chain" | "neighbour";
  /** This is the server the called terminal is registered at: nothing may stand in front (¶0059). */
  readonly last: boolean;
  readonly limits?: RouteSecurityLimits;
}

/** What {@link checkResponse} and {@link judgeChain} find. */
export type ChainVerdict =
  | { readonly verdict: "pass" }
  | ({ readonly verdict: "mismatch" } & RouteSecurityFault);

/**
 * Checks on the way back that the response carries the values this node sent, at their position: the
 * last N values are the N values of the request as it left (SM-14), this node's own the first of them
 * (SM-15).
 *
 * @param sent values of the request as it was sent on, newest first
 * @param own this node's value among them (the first), undefined where it added none
 */
export function checkResponse(
  response: SipResponse,
  sent: readonly RouteSecurity[],
  own: RouteSecurity | undefined,
  settings: ResponseCheckSettings,
): ChainVerdict {
  const read = readValues(response, settings.limits);
  if ("cause" in read) return { verdict: "mismatch", ...read };
  const { values } = read;
  const position = values.length - sent.length;
  if (position < 0) {
    return mismatch("removed", `${sent.length} sent, ${values.length} came back`);
  }
  if (settings.last && position > 0) {
    return mismatch("added", `${sent.length} sent, ${values.length} came back`);
  }
  // ¶0059, ¶0060: "whether the address of the first (second, third) header is its own address"
  const atOwn = values[position];
  if (own !== undefined && (atOwn === undefined || !sameRouteSecurity(atOwn, own))) {
    return mismatch("own", `expected ${own.raw} as value ${position + 1}, got ${atOwn?.raw}`);
  }
  if (settings.mode === "neighbour") return CHAIN_PASS;
  for (const [index, expected] of sent.entries()) {
    const got = values[position + index];
    if (got === undefined || !sameRouteSecurity(got, expected)) {
      return mismatch(
        "changed",
        `expected ${expected.raw} as value ${position + index + 1}, got ${got?.raw}`,
      );
    }
  }
  return CHAIN_PASS;
}

/** Settings of {@link judgeChain}. */
export interface JudgeSettings {
  /** Least level each link must have for this end to trust the way. 0 takes anything but a lie. */
  readonly minimumLevel: SecurityLevel;
  /** `chain`: every link; `neighbour`: only the value next to this end (SM-26). */
  readonly mode: "chain" | "neighbour";
  /** `callee` judges a request, `caller` a response. */
  readonly side: "callee" | "caller";
  /** Links the message crossed. Omitted: {@link linksOf} the message. */
  readonly links?: number;
  readonly limits?: RouteSecurityLimits;
}

const CHAIN_PASS: ChainVerdict = { verdict: "pass" };

/**
 * Judges at an end of the path whether the way was secure: as callee on the request (SM-13), as caller
 * on the response (SM-16).
 *
 * The value next to this end must fit its channel: as callee the newest, with the neighbour's address;
 * as caller the last, with this node's own. In `chain` mode each link must have a value, and each value
 * at least `minimumLevel`; a value without level counts as 0.
 */
export function judgeChain(
  message: SipMessage,
  channel: Channel,
  settings: JudgeSettings,
): ChainVerdict {
  const read = readValues(message, settings.limits);
  if ("cause" in read) return { verdict: "mismatch", ...read };
  const { values } = read;
  const { minimumLevel } = settings;
  if (channel.level < minimumLevel) {
    return { verdict: "mismatch", ...belowMinimum(channel, minimumLevel) };
  }
  const fault = settings.side === "callee"
    ? calleeFault(values[0], channel, minimumLevel)
    : callerFault(values[values.length - 1], channel, minimumLevel);
  if (fault !== undefined) return { verdict: "mismatch", ...fault };
  if (settings.mode === "neighbour" || minimumLevel === 0) return CHAIN_PASS;
  for (const [index, value] of values.entries()) {
    if (value.level === undefined || value.level === "invalid" || value.level < minimumLevel) {
      const level = value.level ?? "none";
      return mismatch(
        "weak",
        `value ${index + 1}, ${value.raw}: level ${level}, ${minimumLevel} asked`,
      );
    }
  }
  const links = settings.links ?? linksOf(message);
  if (values.length < links) return mismatch("gap", `${links} links, ${values.length} values`);
  return CHAIN_PASS;
}

/**
 * Links a message is known to have crossed: one for each Via of a request; for a response one more than
 * it has Record-Route values, as each server that recorded itself stands between two links.
 */
export function linksOf(message: SipMessage): number {
  return message.kind === "request"
    ? message.headers.list("Via").length
    : message.headers.list("Record-Route").length + 1;
}

/** As callee on a link of level 0 a missing or foreign value is no lie: nothing was vouched for. */
function calleeFault(
  newest: RouteSecurity | undefined,
  channel: Channel,
  minimumLevel: SecurityLevel,
): RouteSecurityFault | undefined {
  if (channel.level === 0 && minimumLevel === 0 && newest?.address !== channel.remote.host) {
    return undefined;
  }
  return newestFault(newest, channel);
}

/** ¶0060: the terminal compares "the third" (its own, so the last) with its own address. */
function callerFault(
  last: RouteSecurity | undefined,
  channel: Channel,
  minimumLevel: SecurityLevel,
): RouteSecurityFault | undefined {
  if (last === undefined && channel.level === 0 && minimumLevel === 0) return undefined;
  const fits = last !== undefined && last.address === channel.local.host &&
    (last.level === undefined || last.level === channel.level);
  if (fits) return undefined;
  return fault("own", `expected [${channel.local.host}] last, got ${last?.raw ?? "no value"}`);
}

/** SM-10, SM-11: address and level of the newest value against the channel. */
function newestFault(
  newest: RouteSecurity | undefined,
  channel: Channel,
): RouteSecurityFault | undefined {
  if (newest === undefined) {
    return fault("missing", `the link from [${channel.remote.host}] has level ${channel.level}`);
  }
  if (newest.address !== channel.remote.host) {
    return fault("address", `expected [${channel.remote.host}], got ${newest.raw}`);
  }
  if (newest.level !== undefined && newest.level !== channel.level) {
    return fault("level", `expected level ${channel.level}, got ${newest.raw}`);
  }
  return undefined;
}

function readValues(
  message: SipMessage,
  limits: RouteSecurityLimits | undefined,
): { values: RouteSecurity[] } | RouteSecurityFault {
  try {
    return { values: parseRouteSecurity(message.headers, limits) };
  } catch (error) {
    if (!(error instanceof RouteSecurityError)) throw error;
    return fault("malformed", error.message);
  }
}

function belowMinimum(channel: Channel, minimum: SecurityLevel | undefined): RouteSecurityFault {
  return fault(
    "minimum",
    `the link with [${channel.remote.host}] has level ${channel.level}, ${minimum} asked`,
  );
}

function fault(cause: keyof typeof ROUTE_SECURITY_CAUSES, detail: string): RouteSecurityFault {
  return { cause: ROUTE_SECURITY_CAUSES[cause], detail };
}

function mismatch(cause: keyof typeof ROUTE_SECURITY_CAUSES, detail: string): ChainVerdict {
  return { verdict: "mismatch", ...fault(cause, detail) };
}
