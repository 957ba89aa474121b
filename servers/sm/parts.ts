/**
 * The parts of a session manager that can be seen apart (SM-22), each of them replaceable: a server for
 * trials, or one with a weakened part for the conformance suite to catch, is made by giving another
 * part, never by a switch in this code.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import type { PeerIdentity } from "../../core/net/network.ts";
import type { Clock, Random } from "../../core/runtime/runtime.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { parseRouteSecurity, type RouteSecurity } from "../../core/sip/route_security.ts";
import {
  type ChainVerdict,
  checkRequest,
  checkResponse,
  prependOwn,
  type RequestVerdict,
} from "../../core/sip/route_security_check.ts";
import { checkFrom, type SpoofVerdict } from "../../core/sip/spoof_check.ts";
import type { ServerTransaction } from "../../core/sip/transactions.ts";
import { addressOfRecord, type SipUri } from "../../core/sip/uri.ts";
import type { Accounts } from "./accounts.ts";
import { type Authenticator, createAuthenticator } from "./authentication.ts";
import type { BoundNames } from "./bound_names.ts";
import type { SmConfig } from "./config.ts";
import { createDialogTokens, type DialogTokens } from "./dialog_token.ts";
import { type CertificateNames, certificateNames } from "./identity.ts";
import { createPolicy, type Policy } from "./policy.ts";
import { away, hidden, type Refusal } from "./refusal.ts";
import type { Registrar } from "./registrar.ts";
import { createResolver, type Resolver, type Target } from "./resolution.ts";
import { screen, type Screened, type ScreenSettings } from "./screening.ts";

/** Where a request goes, or why it does not. */
export type Located =
  | { readonly ok: true; readonly targets: readonly Target[] }
  | { readonly ok: false; readonly refusal: Refusal };

/** The parts. */
export interface SmParts {
  /** RFC 3261 §16.3: scheme, Max-Forwards, loops, Proxy-Require. */
  screen(request: SipRequest, settings: ScreenSettings): Screened;
  /** Names that a verified certificate binds to its channel (SM-3, SM-20). */
  certificateNames(peer: PeerIdentity): CertificateNames;
  /** Proves a name at registration (SM-2, SM-3). */
  authenticator: Authenticator;
  /** Which contacts a name has, and over which channel (SM-4). */
  registrar: Registrar;
  /** SM-5, SM-6. */
  checkFrom(request: SipRequest, channel: Channel): SpoofVerdict;
  /** SM-10 to SM-12, SM-24. */
  checkRoute(request: SipRequest, channel: Channel): RequestVerdict;
  /** SM-17. */
  policy: Policy;
  /** SM-18. */
  resolver: Resolver;
  /** Policy, then resolution; what is refused and what does not exist look alike (SM-17, SM-18). */
  locate(from: string, uri: SipUri, written: string, channel: Channel): Located;
  /** Proof, carried in Record-Route, that policy let a dialog through. */
  dialogTokens: DialogTokens;
  /** SM-7 to SM-9: puts the server's own value in front; gives it, or undefined where none is due. */
  prependOwn(request: SipRequest, channel: Channel): RouteSecurity | undefined;
  /** The values a request leaves with, to compare on the way back. */
  sentValues(request: SipRequest): readonly RouteSecurity[];
  /** SM-14, SM-15, SM-26. */
  checkResponse(
    response: SipResponse,
    sent: readonly RouteSecurity[],
    own: RouteSecurity | undefined,
    last: boolean,
  ): ChainVerdict;
  /** Makes a response that came back the one that is passed on: takes the server's own Via off. */
  passResponse(response: SipResponse): SipResponse;
  /**
   * Answers a refused request. `proceed` would forward it all the same; no server that is worth its
   * name calls it.
   */
  refuse(
    transaction: ServerTransaction,
    response: SipResponse,
    refusal: Refusal,
    proceed: () => void,
  ): void;
}

/** What the default parts are made from. */
export interface PartServices {
  readonly config: SmConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: Accounts;
  readonly names: BoundNames;
  readonly registrar: Registrar;
  /** Whether a URI without user part names this server. */
  isSelf(uri: SipUri): boolean;
  /** Secret of the dialog tokens, kept in the store. */
  readonly dialogKey: Uint8Array;
}

/** Replaces parts: gets the default ones, to use or wrap, and what they were made from. */
export type PartsOverride = (parts: SmParts, services: PartServices) => Partial<SmParts>;

/** The parts of a session manager as configured. */
export function createParts(services: PartServices, override?: PartsOverride): SmParts {
  const { config, accounts, names, registrar } = services;
  const { routeSecurity } = config;
  const domains = new Set(config.neighbours.map(({ domain }) => domain));
  const requestSettings = {
    mismatch: routeSecurity.mismatch,
    minimumLevel: routeSecurity.minimumLevel,
  };
  const terminalSettings = { mode: routeSecurity.check, last: true };
  const serverSettings = { mode: routeSecurity.check, last: false };
  const parts: SmParts = {
    screen,
    certificateNames: (peer) => certificateNames(peer, config.domain, domains),
    authenticator: createAuthenticator(services),
    registrar,
    checkFrom: (request, channel) => checkFrom(request, channel),
    checkRoute: (request, channel) => checkRequest(request, channel, requestSettings),
    policy: createPolicy(config.policy),
    resolver: createResolver({
      domain: config.domain,
      neighbours: config.neighbours,
      accounts,
      bindings: (name) => parts.registrar.of(name),
      names,
    }),
    locate(from, uri, written, channel) {
      const allowed = parts.policy.allows(from, addressOfRecord(uri));
      const found = parts.resolver.resolve(uri, written);
      if (!allowed || found.kind === "nothing") return { ok: false, refusal: hidden };
      // A neighbour reaches our domain through us, and no other (SM-20).
      if (uri.host !== config.domain && isServer(channel)) return { ok: false, refusal: hidden };
      return found.kind === "away"
        ? { ok: false, refusal: away }
        : { ok: true, targets: found.targets };
    },
    dialogTokens: createDialogTokens(services.dialogKey),
    prependOwn: (request, channel) => prependOwn(request, channel, routeSecurity),
    sentValues: (request) => parseRouteSecurity(request.headers),
    checkResponse: (response, sent, own, last) =>
      checkResponse(response, sent, own, last ? terminalSettings : serverSettings),
    passResponse(response) {
      response.headers.removeFirst("Via");
      return response;
    },
    refuse: (transaction, response) => transaction.respond(response),
  };
  // A copy, so that a part that wraps a default one does not wrap itself.
  return Object.assign(parts, override?.({ ...parts }, services));
}

/** Whether a neighbour's server is at the other end: its domain is a name without a scheme. */
export function isServer(channel: Channel): boolean {
  for (const name of channel.names) if (!name.includes(":")) return true;
  return false;
}
