/**
 * The order of work for a request (docs/session-manager.md): screening, registrar, spoof check,
 * Route-Security check, policy, name resolution, forwarding. A refused request is never forwarded, in
 * whole or part.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import { makeResponse } from "../../core/sip/build.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { ROUTE_SECURITY } from "../../core/sip/route_security.ts";
import type { RequestVerdict } from "../../core/sip/route_security_check.ts";
import type {
  ServerTransaction,
  TransactionLayer,
  TransactionUser,
} from "../../core/sip/transactions.ts";
import { addressOfRecord, type SipUri } from "../../core/sip/uri.ts";
import { type DialogView, dialogView, firstRoute, recordRoute, takeRoute } from "./dialog.ts";
import { Forwarding, type ForwardingServices, type Way } from "./forwarding.ts";
import type { Neighbours } from "./neighbours.ts";
import type { OwnAddresses } from "./own_addresses.ts";
import type { Located, SmParts } from "./parts.ts";
import {
  away,
  hidden,
  type Refusal,
  refusalResponse,
  routeSecurityRefusal,
  sipRefusal,
  spoofRefusal,
} from "./refusal.ts";
import type { Target } from "./resolution.ts";

/** What the proxy needs of the server. */
export interface ProxyServices extends ForwardingServices {
  readonly transactions: TransactionLayer;
  readonly parts: SmParts;
  readonly neighbours: Neighbours;
  readonly addresses: OwnAddresses;
  /** Answers a REGISTER for the server's own domain. */
  register(request: SipRequest, channel: Channel): Promise<SipResponse>;
  /** Whether the server is stopping and takes nothing new. */
  draining(): boolean;
  /** A fault of ours, not of the request. */
  fault(error: unknown, channel: Channel): void;
  /** A request was refused. */
  refused(refusal: Refusal, request: SipRequest, channel: Channel): void;
}

/** Requests that set up a dialog: the server stays on its path (RFC 3261 §12.1, RFC 6665, RFC 3515). */
const dialogMethods = new Set(["INVITE", "SUBSCRIBE", "REFER"]);

/** A request that sets a dialog up, and the name that policy allowed. */
interface FirstOfDialog {
  readonly view: DialogView;
  readonly callee: string;
}

type Marked = RequestVerdict & { verdict: "pass" | "mark" };

const noDialog = sipRefusal(481, "the request belongs to no dialog that came through here");
const noInvite = sipRefusal(481, "there is nothing to cancel");
const pastUs = sipRefusal(403, "Route leads past this server");
const stopping = sipRefusal(503, "the server is stopping");

/** The core of the session manager: what it does with requests. */
export class Proxy implements TransactionUser {
  readonly #forwardings = new WeakMap<ServerTransaction, Forwarding>();

  constructor(private readonly services: ProxyServices) {}

  request(transaction: ServerTransaction, request: SipRequest, channel: Channel): void {
    const { parts, addresses } = this.services;
    if (this.services.draining()) return this.#refuse(transaction, stopping);
    const screened = parts.screen(request, { isOwnSentBy: (by) => addresses.has(by) });
    if (!screened.ok) return this.#refuse(transaction, screened.refusal);
    const { uri } = screened;
    if (request.method === "REGISTER" && addresses.isSelf(uri)) {
      return void this.#register(transaction, request, channel);
    }
    if (request.method === "OPTIONS" && uri.user === undefined && addresses.isSelf(uri)) {
      return transaction.respond(makeResponse(request, 200, undefined, {
        toTag: this.services.toTag(),
        headers: [["Accept", "application/sdp"]],
      }));
    }
    this.#checkFrom(transaction, request, channel, uri);
  }

  #checkFrom(
    transaction: ServerTransaction,
    request: SipRequest,
    channel: Channel,
    uri: SipUri,
  ): void {
    const spoof = this.services.parts.checkFrom(request, channel);
    const proceed = (from: string) => this.#checkRoute(transaction, request, channel, uri, from);
    if (spoof.ok) return proceed(spoof.name);
    this.#refuse(
      transaction,
      spoofRefusal(spoof.cause),
      () => proceed(dialogView(request).fromName),
    );
  }

  #checkRoute(
    transaction: ServerTransaction,
    request: SipRequest,
    channel: Channel,
    uri: SipUri,
    from: string,
  ): void {
    const verdict = this.services.parts.checkRoute(request, channel);
    const proceed = (marked: Marked) =>
      this.#route(transaction, request, channel, uri, from, marked);
    if (verdict.verdict !== "refuse") return proceed(verdict);
    this.#refuse(
      transaction,
      routeSecurityRefusal(verdict.status, verdict.cause),
      () => proceed({ verdict: "pass" }),
    );
  }

  /** Policy and resolution, or the dialog the request belongs to. */
  #route(
    transaction: ServerTransaction,
    request: SipRequest,
    channel: Channel,
    uri: SipUri,
    from: string,
    marked: Marked,
  ): void {
    if (request.method === "CANCEL") return this.#refuse(transaction, noInvite);
    const view = dialogView(request);
    const outgoing: SipRequest = { ...request, headers: request.headers.clone() };
    const located = view.toTag === ""
      ? this.#locate(outgoing, channel, uri, from)
      : this.#locateInDialog(outgoing, uri, view);
    const proceed = (targets: readonly Target[]) => {
      const first = view.toTag === "" && dialogMethods.has(request.method);
      const dialog = first ? { view, callee: addressOfRecord(uri) } : undefined;
      this.#forward(transaction, outgoing, channel, marked, targets, dialog);
    };
    if (located.ok) return proceed(located.targets);
    this.#refuse(transaction, located.refusal, () => {
      const found = this.services.parts.resolver.resolve(uri, request.uri);
      if (found.kind === "found") proceed(found.targets);
    });
  }

  /** A request that begins something: our own Route is taken off, no other may be there. */
  #locate(outgoing: SipRequest, channel: Channel, uri: SipUri, from: string): Located {
    const { addresses, parts } = this.services;
    const first = takeRoute(outgoing, (route) => addresses.isSelf(route));
    if (first === "other") return { ok: false, refusal: pastUs };
    if (first === "own" && outgoing.headers.has("Route")) return { ok: false, refusal: pastUs };
    return parts.locate(from, uri, outgoing.uri, channel);
  }

  /** A request within a dialog: its token proves that policy let the dialog through. */
  #locateInDialog(outgoing: SipRequest, uri: SipUri, view: DialogView): Located {
    const { parts } = this.services;
    const proven = view.token === undefined
      ? undefined
      : parts.dialogTokens.verify(view.token, view);
    if (proven === undefined) return { ok: false, refusal: noDialog };
    outgoing.headers.removeFirst("Route");
    const next = firstRoute(outgoing);
    const found = parts.resolver.resolveDialog(proven.other, uri, outgoing.uri, next);
    if (found.kind === "found") return { ok: true, targets: found.targets };
    return { ok: false, refusal: found.kind === "away" ? away : hidden };
  }

  #forward(
    transaction: ServerTransaction,
    outgoing: SipRequest,
    channel: Channel,
    marked: Marked,
    targets: readonly Target[],
    dialog: FirstOfDialog | undefined,
  ): void {
    countDown(outgoing);
    if (marked.verdict === "mark") outgoing.headers.prepend(ROUTE_SECURITY, marked.value.raw);
    const forwarding = new Forwarding(this.services, transaction, outgoing);
    if (outgoing.method === "INVITE") this.#forwardings.set(transaction, forwarding);
    const go = (ways: readonly Way[]) => {
      if (dialog !== undefined) this.#record(outgoing, channel, ways, dialog);
      forwarding.start(ways);
    };
    const ways = this.#ways(targets);
    if (ways !== undefined) go(ways);
    else void this.#connect(forwarding, targets, go);
  }

  /** The targets' channels; undefined if one has to be opened first. */
  #ways(targets: readonly Target[]): Way[] | undefined {
    const ways: Way[] = [];
    for (const { via, uri, last } of targets) {
      const channel = "domain" in via ? this.services.neighbours.channel(via) : via;
      if (channel === undefined) return undefined;
      ways.push({ channel, uri, last });
    }
    return ways;
  }

  async #connect(
    forwarding: Forwarding,
    targets: readonly Target[],
    go: (ways: readonly Way[]) => void,
  ): Promise<void> {
    try {
      for (const { via } of targets) {
        if ("domain" in via) await this.services.neighbours.connect(via);
      }
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      return forwarding.fail({ ...unreachable, cause: `neighbour not reached: ${cause}` });
    }
    const ways = this.#ways(targets);
    if (ways === undefined) forwarding.fail(unreachable);
    else go(ways);
  }

  /** §16.6 step 4. Of two channels the one to a neighbour counts: it finds us by address. */
  #record(
    outgoing: SipRequest,
    channel: Channel,
    ways: readonly Way[],
    { view, callee }: FirstOfDialog,
  ): void {
    const { addresses, parts } = this.services;
    const onward = ways.find((way) => !way.last);
    const facing = onward?.channel ?? channel;
    const token = parts.dialogTokens.make(
      { callId: view.callId, callerTag: view.fromTag, caller: view.fromName, callee },
      view.toName,
    );
    outgoing.headers.prepend(
      "Record-Route",
      recordRoute(addresses.of(facing), facing.kind, token),
    );
  }

  /** The ACK of a 2xx: forwarded without a transaction, or dropped without a word. */
  ack(request: SipRequest, channel: Channel): void {
    const { parts, addresses, transactions } = this.services;
    const screened = parts.screen(request, { isOwnSentBy: (by) => addresses.has(by) });
    if (!screened.ok) return this.#dropped(screened.refusal, request, channel);
    const verdict = this.#admit(request, channel);
    if ("refusal" in verdict) return this.#dropped(verdict.refusal, request, channel);
    const view = dialogView(request);
    const outgoing: SipRequest = { ...request, headers: request.headers.clone() };
    const located = this.#locateInDialog(outgoing, screened.uri, view);
    if (!located.ok) return this.#dropped(located.refusal, request, channel);
    const [way] = this.#ways(located.targets) ?? [];
    if (way === undefined) return this.#dropped(unreachable, request, channel);
    countDown(outgoing);
    if (verdict.verdict === "mark") outgoing.headers.prepend(ROUTE_SECURITY, verdict.value.raw);
    parts.prependOwn(outgoing, way.channel);
    outgoing.uri = way.uri;
    try {
      transactions.sendStateless(outgoing, way.channel);
    } catch (error) {
      this.#dropped({ ...unreachable, cause: String(error) }, request, channel);
    }
  }

  /** SM-6: a CANCEL is held to the checks like any other request, and dropped if it fails them. */
  admitCancel(_transaction: ServerTransaction, request: SipRequest, channel: Channel): boolean {
    const verdict = this.#admit(request, channel);
    if (!("refusal" in verdict)) return true;
    this.#dropped(verdict.refusal, request, channel);
    return false;
  }

  cancel(transaction: ServerTransaction): void {
    this.#forwardings.get(transaction)?.cancel();
  }

  /** The caller's channel closed: nobody is left to hear the answer. */
  abandoned(transaction: ServerTransaction): void {
    this.#forwardings.get(transaction)?.cancel();
  }

  /** RFC 6026 §8.9: what belongs to no transaction is not forwarded. */
  strayResponse(): void {}

  /** Both checks, for requests that get no answer. */
  #admit(request: SipRequest, channel: Channel): Marked | { refusal: Refusal } {
    const { parts } = this.services;
    const spoof = parts.checkFrom(request, channel);
    if (!spoof.ok) return { refusal: spoofRefusal(spoof.cause) };
    const verdict = parts.checkRoute(request, channel);
    if (verdict.verdict !== "refuse") return verdict;
    return { refusal: routeSecurityRefusal(verdict.status, verdict.cause) };
  }

  async #register(
    transaction: ServerTransaction,
    request: SipRequest,
    channel: Channel,
  ): Promise<void> {
    try {
      transaction.respond(await this.services.register(request, channel));
    } catch (error) {
      this.services.fault(error, channel);
      this.#refuse(transaction, faulty);
    }
  }

  #refuse(transaction: ServerTransaction, refusal: Refusal, proceed: () => void = () => {}): void {
    const { request, channel } = transaction;
    this.services.refused(refusal, request, channel);
    const response = refusalResponse(request, refusal, this.services.toTag());
    this.services.parts.refuse(transaction, response, refusal, proceed);
  }

  #dropped(refusal: Refusal, request: SipRequest, channel: Channel): void {
    this.services.refused(refusal, request, channel);
  }
}

const faulty = sipRefusal(500, "a fault of this server");
const unreachable = sipRefusal(503, "the next server cannot be reached");

/** §16.6 step 3. */
function countDown({ headers }: SipRequest): void {
  const hops = headers.get("Max-Forwards");
  headers.set("Max-Forwards", hops === undefined ? "70" : String(Number(hops) - 1));
}
