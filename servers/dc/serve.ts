/**
 * The DC: `serve(config, runtime)`. It manages the nodes of a zone and directs their sessions, with the
 * DCs of other zones where needed.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { renewedSecret } from "../../core/ntm/key_schedule.ts";
import {
  authenticationRequest,
  authenticationResponse,
  directionRequest,
  directionResponse,
  keyDistribution,
  keyDistributionAck,
  loginRequest,
  loginResponse,
  ntmInformationRequest,
  ntmInformationResponse,
  reauthenticationRequest,
  reauthenticationResponse,
  registrationRequest,
  registrationResponse,
  routeDirection,
  routeDirectionAck,
} from "../../core/ntm/messages/mod.ts";
import { publicShare, sharedSecret } from "../../core/ntm/x25519.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { openNtmStore } from "../../core/store/mod.ts";
import type { ControlDrop, DatagramContext } from "../ntm/control.ts";
import { Rate } from "../ntm/rate.ts";
import { inZone } from "../ntm/roles.ts";
import { Refusal, type Route, route } from "../ntm/routes.ts";
import { NtmServer } from "../ntm/server.ts";
import { commonSuite, type ServerAddress } from "../ntm/server_keys.ts";
import { bindSockets } from "../ntm/sockets.ts";
import type { TlsContext } from "../ntm/tls.ts";
import type { DcConfig } from "./config.ts";
import { Directions } from "./directions.ts";
import { type DnsService, serveDns } from "./dns.ts";
import { Nodes } from "./nodes.ts";
import { Relays } from "./relays.ts";
import { VirtualAddresses } from "./virtual_addresses.ts";

/** A DC that runs. */
export interface DcServer {
  readonly addresses: readonly Address[];
  /** Where it answers DNS. */
  readonly dns: readonly Address[];
  readonly nodes: Nodes;
  /** Datagrams dropped, by cause. */
  readonly drops: Readonly<Record<ControlDrop, number>>;
  stop(): Promise<void>;
}

const SECRET_OCTETS = 32;

/** Starts a DC. Rejects with a `NetworkError` or a `StoreError`; nothing is left open then. */
export async function serve(config: DcConfig, runtime: Runtime): Promise<DcServer> {
  const { timers, limits } = config;
  const addresses = new VirtualAddresses(config.virtual, config.zone);
  const store = await openNtmStore({ file: config.store });
  const nodes = new Nodes({
    ...{ store, clock: runtime.clock, addresses },
    registrationSeconds: timers.registrationSeconds,
  });
  let server: NtmServer | undefined;
  let dns: DnsService | undefined;
  // Nobody asks before it has started.
  const running = () => server!;
  const keys = () => running().keys;
  const control = () => running().control;
  const relays = new Relays(runtime.clock, keys, config.relays);
  const directions = new Directions({
    ...{ config, runtime, nodes, relays, addresses, control, keys },
  });
  const dc = new Dc(config, runtime, { nodes, directions, server: running });
  try {
    await nodes.restore();
    server = new NtmServer({
      ...{ name: "dc", runtime, store, listen: config.listen, tls: config.tls, limits, timers },
      keyFor({ role, name }) {
        if (role === "dc") return name === config.zone ? undefined : "kdcdc";
        if (role === "rs") {
          return config.relays.some((rs) => rs.name === name) ? "kdcrs" : undefined;
        }
        return role === "as" && name === config.as.name ? "kasdc" : undefined;
      },
      bind: (receive) => bindSockets(runtime, config.listen, receive),
      tlsRoutes: [dc.login()],
      datagramRoutes: dc.datagramRoutes(),
    });
    await server.start();
    for (const peer of server.control.peers()) {
      if (peer.name.startsWith("node:")) peer.address = nodes.lastSeen(peer.name.slice(5));
    }
    dns = await serveDns(config, runtime, {
      node: (fqdn) => nodes.get(fqdn),
      own: server.addresses.map(({ host }) => host),
    });
  } catch (error) {
    await server?.stop();
    await store.close();
    throw error;
  }
  const [started, answering] = [server, dns];
  return {
    addresses: started.addresses,
    dns: answering.addresses,
    nodes,
    get drops() {
      return started.control.drops;
    },
    async stop() {
      await answering.stop();
      await started.stop();
    },
  };
}

interface DcParts {
  readonly nodes: Nodes;
  readonly directions: Directions;
  server(): NtmServer;
}

class Dc {
  readonly #rate: Rate;

  constructor(
    private readonly config: DcConfig,
    private readonly runtime: Runtime,
    private readonly parts: DcParts,
  ) {
    this.#rate = new Rate(runtime.clock, config.limits.loginsPerMinute);
  }

  /** NTM-30: profile `platform`. */
  login(): Route<TlsContext> {
    const { config, runtime, parts } = this;
    return route(loginRequest, loginResponse, async (request, { from }) => {
      if (config.profile !== "platform") throw new Refusal("unsupported", "log in at the AS");
      const { fqdn, password } = request;
      const suite = commonSuite(request.suites);
      if (!this.#rate.admit(from.host)) throw new Refusal("busy", "too many logins", 60);
      if (fqdn === undefined || password === undefined) throw new Refusal("refused");
      if (!inZone(fqdn, config.zone)) throw new Refusal("refused");
      const { keys, control, addresses } = parts.server();
      const as: ServerAddress = { role: "as", serverName: config.as.name, ...config.as };
      const asked = { fqdn, password };
      const { token } = await keys.ask(as, authenticationRequest, asked, authenticationResponse);
      const lifetime = config.timers.nodeKeySeconds;
      const secret = runtime.random.bytes(SECRET_OCTETS);
      const id = control.freshId();
      await this.#addNode(fqdn, { id, secret, suite, lifetime });
      return { fqdn, dc: addresses, id, secret, suite, lifetime, ...(token && { token }) };
    });
  }

  async #addNode(
    fqdn: string,
    key: Pick<ReturnType<typeof keyDistribution.decode>, "id" | "secret" | "suite" | "lifetime">,
    from?: Address,
  ): Promise<void> {
    const { id, secret, suite, lifetime } = key;
    await this.parts.server().control.add({
      ...{ id, secret, suite, label: "kmndc", own: "responder", peer: `node:${fqdn}` },
      expires: this.runtime.clock.now() + lifetime * 1000,
    }, from);
    this.runtime.log.write("info", "node has a key", { fqdn });
  }

  datagramRoutes(): readonly Route<DatagramContext>[] {
    const { config, parts } = this;
    const { directions, nodes } = parts;
    return [
      // NTM-21: profile `security`.
      route(keyDistribution, keyDistributionAck, async (key) => {
        if (config.profile !== "security") throw new Refusal("unsupported");
        if (!inZone(key.fqdn, config.zone)) throw new Refusal("refused");
        await this.#addNode(key.fqdn, key);
        return {};
      }),
      // NTM-6: a node registers itself and nobody else.
      route(registrationRequest, registrationResponse, async (request, { peer, from }) => {
        if (peer.name !== `node:${request.fqdn}`) throw new Refusal("refused");
        const { ipv4, ipv6 } = await nodes.register(request, from);
        return { ipv4, ipv6, seen: from, lifetime: config.timers.registrationSeconds };
      }),
      this.#reauthentication(),
      route(
        directionRequest,
        directionResponse,
        (request, { peer }) => directions.request(request, nodeOf(peer.name)),
      ),
      route(
        ntmInformationRequest,
        ntmInformationResponse,
        (request, { peer }) => directions.information(request, peer.name),
      ),
      // A node never sends one: only a DC's name is expected to.
      route(
        routeDirection,
        routeDirectionAck,
        (direction, { peer }) => directions.forward(direction, peer.name),
      ),
    ];
  }

  /** NTM-31: a new key under the old one, without the AS. */
  #reauthentication(): Route<DatagramContext> {
    const { runtime, config, parts } = this;
    return route(
      reauthenticationRequest,
      reauthenticationResponse,
      async (request, { peer, from }) => {
        const suite = commonSuite(request.suites);
        const privateKey = runtime.random.bytes(SECRET_OCTETS);
        const nonce = runtime.random.bytes(SECRET_OCTETS);
        const shared = sharedSecret(privateKey, request.share);
        if (!shared) throw new Refusal("refused");
        const share = publicShare(privateKey);
        const secret = renewedSecret({
          ...{ label: "kmndc", shared, requestShare: request.share, requestNonce: request.nonce },
          ...{ responseShare: share, responseNonce: nonce },
        }, peer.record.secret);
        const lifetime = config.timers.nodeKeySeconds;
        const id = parts.server().control.freshId();
        await this.#addNode(nodeOf(peer.name), { id, secret, suite, lifetime }, from);
        return { share, nonce, id, suite, lifetime };
      },
    );
  }
}

/** The node's name in `node:fqdn`. */
function nodeOf(peer: string): string {
  return peer.slice("node:".length);
}
