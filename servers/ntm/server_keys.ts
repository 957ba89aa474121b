/**
 * Keys between servers (NTM-3): agreed once inside mutual TLS, renewed over the datagrams themselves
 * when three quarters of their life are over, agreed anew where that fails.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { NetworkError, type TlsCredentials } from "../../core/net/network.ts";
import { NoAnswerError } from "../../core/ntm/exchange.ts";
import { agreedSecret, renewedSecret } from "../../core/ntm/key_schedule.ts";
import type { Message, Transaction } from "../../core/ntm/message.ts";
import {
  keyAgreementRequest,
  keyAgreementResponse,
  keyRenewalRequest,
  keyRenewalResponse,
} from "../../core/ntm/messages/mod.ts";
import { type ServerKey, type Suite, SUITE_NUMBERS } from "../../core/ntm/values.ts";
import { publicShare, sharedSecret } from "../../core/ntm/x25519.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { Control, DatagramContext } from "./control.ts";
import type { NtmTimers } from "./limits.ts";
import type { Peer } from "./peer.ts";
import { peerName, proves, type RoleName, rolesOf } from "./roles.ts";
import { type Body, Refusal, type Route, route } from "./routes.ts";
import { askOverTls, type TlsContext } from "./tls.ts";

/** Suites we use, preferred first. */
export const OWN_SUITES = Object.keys(SUITE_NUMBERS) as readonly Suite[];

/** Our first suite that is among theirs. Throws a {@link Refusal} if there is none. */
export function commonSuite(theirs: readonly Suite[]): Suite {
  const found = OWN_SUITES.find((suite) => theirs.includes(suite));
  if (!found) throw new Refusal("unsupported", "no suite in common");
  return found;
}

/** Another server. */
export interface ServerAddress extends RoleName {
  readonly role: "as" | "dc" | "rs";
  /** Name its certificate must have. */
  readonly serverName: string;
  /** Where it takes datagrams and TLS, best first. */
  readonly addresses: readonly Address[];
}

/** What server keys need. */
export interface ServerKeyPorts {
  readonly runtime: Runtime;
  readonly tls: TlsCredentials;
  readonly timers: NtmTimers;
  readonly control: () => Control;
  /** Which key this server shares with another one, undefined for one that it has nothing to do with. */
  keyFor(role: RoleName): ServerKey | undefined;
}

const SHARE_OCTETS = 32;
const NONCE_OCTETS = 32;

/** Keys with all other servers. */
export class ServerKeys {
  readonly #ports: ServerKeyPorts;
  readonly #contacts = new Map<string, Promise<Peer>>();

  constructor(ports: ServerKeyPorts) {
    this.#ports = ports;
  }

  /** The request that first contacts begin with. */
  get tlsRoute(): Route<TlsContext> {
    return route(keyAgreementRequest, keyAgreementResponse, (request, { identity }) => {
      const role = rolesOf(identity).find((one) => this.#ports.keyFor(one) === request.key);
      if (!role) throw new Refusal("refused");
      return this.#accept(request, request.key, peerName(role));
    });
  }

  /** The request that renews a key. */
  get renewalRoute(): Route<DatagramContext> {
    return route(keyRenewalRequest, keyRenewalResponse, (request, { peer, from }) => {
      const { label, peer: name, own, secret } = peer.record;
      return this.#accept(request, label as ServerKey, name, { own, secret, from });
    });
  }

  async #accept(
    request: Pick<Body<Exchange>, "share" | "nonce" | "suites">,
    label: ServerKey,
    peer: string,
    old?: { readonly own: "initiator" | "responder"; secret: Uint8Array; from: Address },
  ): Promise<Omit<Body<ExchangeAnswer>, never>> {
    const { runtime, timers } = this.#ports;
    const control = this.#ports.control();
    const suite = commonSuite(request.suites);
    const [privateKey, nonce] = this.#dice();
    const shared = sharedSecret(privateKey, request.share);
    if (!shared) throw new Refusal("refused");
    const share = publicShare(privateKey);
    const agreement = {
      ...{ label, shared, requestShare: request.share, requestNonce: request.nonce },
      ...{ responseShare: share, responseNonce: nonce },
    };
    const secret = old ? renewedSecret(agreement, old.secret) : agreedSecret(agreement);
    const lifetime = timers.serverKeySeconds;
    const id = control.freshId();
    await control.add({
      ...{ id, label, own: old?.own ?? "responder", peer, suite, secret },
      expires: runtime.clock.now() + lifetime * 1000,
    }, old?.from);
    runtime.log.write("info", old ? "server key renewed" : "server key agreed", { peer, label });
    return { share, nonce, id, suite, lifetime };
  }

  /**
   * The association with a server: the one there is, or a first contact over mutual TLS. Rejects with a
   * {@link Refusal} `unavailable`; the log says what to check.
   */
  async link(server: ServerAddress): Promise<Peer> {
    const name = peerName(server);
    const there = this.#ports.control().newest(name);
    if (there) {
      there.address ??= server.addresses[0];
      return there;
    }
    const under = this.#contacts.get(name);
    if (under) return await under;
    const contact = this.#firstContact(server).finally(() => this.#contacts.delete(name));
    this.#contacts.set(name, contact);
    return await contact;
  }

  /** Asks a server, after a first contact if needed. Without an answer the key is given up. */
  async ask<R extends Transaction, A extends Transaction>(
    server: ServerAddress,
    request: Message<R>,
    body: Body<R>,
    answer: Message<A>,
  ): Promise<A> {
    const peer = await this.link(server);
    try {
      return await peer.ask(request, body, answer);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      // It may have lost its keys: the next request begins with a first contact.
      await this.#ports.control().remove(peer);
      this.#ports.runtime.log.write("warning", "server does not answer", {
        server: peerName(server),
        request: request.name,
      });
      throw new Refusal("unavailable");
    }
  }

  async #firstContact(server: ServerAddress): Promise<Peer> {
    const { runtime, tls, timers, keyFor } = this.#ports;
    const key = keyFor(server);
    if (!key) throw new RangeError(`no key is shared with ${peerName(server)}`);
    let last: unknown;
    for (const remote of server.addresses) {
      try {
        const [privateKey, nonce] = this.#dice();
        const share = publicShare(privateKey);
        const response = await askOverTls(
          {
            ...{ runtime, remote, tls, serverName: server.serverName },
            timeoutMilliseconds: timers.connectMilliseconds,
            check: (identity) =>
              proves(identity, server)
                ? undefined
                : `the certificate of ${server.serverName} does not have the role ${
                  peerName(server)
                }: issue it with that role`,
          },
          keyAgreementRequest,
          { key, share, nonce, suites: OWN_SUITES },
          keyAgreementResponse,
        );
        const shared = sharedSecret(privateKey, response.share);
        if (!shared) throw new NetworkError("handshake", "the share makes a secret of zeros");
        const secret = agreedSecret({
          ...{ label: key, shared, requestShare: share, requestNonce: nonce },
          ...{ responseShare: response.share, responseNonce: response.nonce },
        });
        return await this.#use(response, { key, own: "initiator", secret, server, remote });
      } catch (error) {
        last = error;
      }
    }
    runtime.log.write("warning", "first contact failed", {
      server: peerName(server),
      error: String(last ?? "no address is known"),
    });
    throw new Refusal("unavailable");
  }

  async #use(
    { id, suite, lifetime }: ExchangeAnswer,
    of: { key: ServerKey; own: "initiator"; secret: Uint8Array } & {
      server: RoleName;
      remote: Address;
    },
  ): Promise<Peer> {
    const { runtime } = this.#ports;
    return await this.#ports.control().add({
      ...{ id, label: of.key, own: of.own, peer: peerName(of.server), suite, secret: of.secret },
      expires: runtime.clock.now() + lifetime * 1000,
    }, of.remote);
  }

  /** Renews the keys of which this side is initiator and whose last quarter has begun. */
  async renew(): Promise<void> {
    const { runtime } = this.#ports;
    const control = this.#ports.control();
    const now = runtime.clock.now();
    const due = control.peers().filter((peer) => {
      const { own, created, expires, label } = peer.record;
      return own === "initiator" && label !== "kmndc" && control.newest(peer.name) === peer &&
        now >= created + (expires - created) * 0.75;
    });
    await Promise.all(due.map((peer) => this.#renewOne(peer)));
  }

  async #renewOne(peer: Peer): Promise<void> {
    const { runtime } = this.#ports;
    const { label, own, peer: name, secret } = peer.record;
    const [privateKey, nonce] = this.#dice();
    const share = publicShare(privateKey);
    try {
      const response = await peer.ask(
        keyRenewalRequest,
        { share, nonce, suites: OWN_SUITES },
        keyRenewalResponse,
      );
      const shared = sharedSecret(privateKey, response.share);
      if (!shared) throw new Refusal("refused");
      const renewed = renewedSecret({
        ...{ label, shared, requestShare: share, requestNonce: nonce },
        ...{ responseShare: response.share, responseNonce: response.nonce },
      }, secret);
      const { id, suite, lifetime } = response;
      await this.#ports.control().add({
        ...{ id, label, own, peer: name, suite, secret: renewed },
        expires: runtime.clock.now() + lifetime * 1000,
      }, peer.address);
    } catch (error) {
      // The old key serves until its end; then a first contact makes another one.
      runtime.log.write("warning", "server key not renewed", { peer: name, error: String(error) });
    }
  }

  #dice(): readonly [Uint8Array, Uint8Array] {
    const { random } = this.#ports.runtime;
    return [random.bytes(SHARE_OCTETS), random.bytes(NONCE_OCTETS)];
  }
}

type Exchange = ReturnType<typeof keyRenewalRequest.decode>;
type ExchangeAnswer = ReturnType<typeof keyRenewalResponse.decode>;
