/**
 * Servers for the node's tests, in a simulated world: AS, DC and RS that do what right ones do for one
 * operator, unless the test changes an instruction or sends something itself.
 *
 * @module
 */
import { createAuthority, issueCertificate } from "../../../core/crypto/pki.ts";
import type { Address } from "../../../core/net/address.ts";
import type { DatagramSocket, Stream, TlsCredentials } from "../../../core/net/network.ts";
import { Association } from "../../../core/ntm/association.ts";
import { decodeHeader } from "../../../core/ntm/header.ts";
import { renewedSecret } from "../../../core/ntm/key_schedule.ts";
import type { Message } from "../../../core/ntm/message.ts";
import * as m from "../../../core/ntm/messages/mod.ts";
import type { Instruction } from "../../../core/ntm/messages/parts.ts";
import { encodeFrame, FrameReader } from "../../../core/ntm/tls_frame.ts";
import type { Profile, Side } from "../../../core/ntm/values.ts";
import { publicShare, sharedSecret } from "../../../core/ntm/x25519.ts";
import { Simulation } from "../../../core/runtime/simulated.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";
import { type Node, type NodeConfig, type NodeEvent, startNode } from "../mod.ts";
import { ScriptedRelay } from "./scripted_relay.ts";

const SERVER = "192.0.2.20";
const PORT = 4330;
export const RELAY: Address = { host: "192.0.2.30", port: PORT };
/** Where DC and AS are. */
export const DC: Address = { host: SERVER, port: PORT };

let authority: Promise<{ trust: string; server: TlsCredentials; foreign: string }> | undefined;

/** Keys are made once: WebCrypto cannot run within virtual time. */
async function credentials() {
  const days = { days: 3_650, notBefore: new Date(Date.UTC(2025, 0, 1)) };
  const ca = await createAuthority({ commonName: "test", ...days });
  const other = await createAuthority({ commonName: "other", ...days });
  const { certificate, key } = await issueCertificate(ca, {
    commonName: "as",
    dns: ["as.test", "dc.a.test"],
    ...days,
  });
  return {
    trust: ca.certificate,
    foreign: other.certificate,
    server: { trust: [ca.certificate], certificate, key },
  };
}

interface Known {
  readonly fqdn: string;
  association: Association;
  secret: Uint8Array;
  seen: Address;
  ipv4: string;
  ipv6: string;
}

/** What the DC does with a direction. */
export interface Plan {
  readonly relayed?: boolean;
  /** Who sends first over a direct path. Default `initiator`. */
  readonly starts?: Side;
  /** Last word on the instruction of one end. */
  change?(instruction: Instruction): Instruction;
}

/** The operator of a.test. */
export class ScriptedNetwork {
  readonly simulation: Simulation;
  readonly relay: ScriptedRelay;
  /** Messages by name, as the servers took them. */
  readonly taken: string[] = [];
  readonly events: (NodeEvent & { readonly of: string })[] = [];
  readonly trust: string;
  readonly foreign: string;
  plan: Plan = {};
  keySeconds = 3_600;
  registrationSeconds = 120;
  /** Datagrams to the DC are lost. */
  deaf = false;
  readonly #runtime: Runtime;
  readonly #profile: Profile;
  readonly #known = new Map<string, Known>();
  readonly #keys = new Map<number, Known & { of: Association; old: Uint8Array }>();
  readonly #addresses = new Map<string, number>();
  readonly #runtimes = new Map<string, Runtime>();
  #socket!: DatagramSocket;
  #transaction = 1;

  private constructor(
    profile: Profile,
    seed: string,
    found: { trust: string; foreign: string },
  ) {
    this.simulation = new Simulation({ seed });
    this.simulation.defaultLink({ delayMilliseconds: 5 });
    this.#runtime = this.simulation.host("dc", { addresses: [SERVER] });
    this.simulation.name("as.test", [SERVER]);
    this.#profile = profile;
    this.trust = found.trust;
    this.foreign = found.foreign;
    this.relay = new ScriptedRelay();
  }

  static async start(profile: Profile, seed = "node"): Promise<ScriptedNetwork> {
    const found = await (authority ??= credentials());
    const world = new ScriptedNetwork(profile, seed, found);
    const { network } = world.#runtime;
    world.#socket = await network.datagram(DC, (bytes, from) => world.#datagram(bytes, from));
    await network.listen({
      kind: "tls",
      local: DC,
      tls: found.server,
      limits: { connections: 100, connectionsPerAddress: 100, handshakeMilliseconds: 5_000 },
    }, (stream) => world.#stream(stream));
    const rs = world.simulation.host("rs", { addresses: [RELAY.host] });
    await world.relay.listen(rs, RELAY);
    return world;
  }

  /** A configuration for `name`, on this address. */
  config(name: string, host: string, more: Partial<NodeConfig> = {}): NodeConfig {
    return {
      profile: this.#profile,
      server: { host: "as.test", port: PORT },
      mail: `${name}@a.test`,
      fqdn: `${name}.a.test`,
      password: "right",
      tls: { trust: [this.trust] },
      local: [{ host, port: 4_000 }],
      ...more,
    };
  }

  /** Starts a node on a host of its own. */
  async node(name: string, host: string, more: Partial<NodeConfig> = {}): Promise<Node> {
    const runtime = this.simulation.host(name, { addresses: [host] });
    this.#runtimes.set(name, runtime);
    return await this.simulation.settle(
      startNode(
        this.config(name, host, more),
        runtime,
        (event) => this.events.push({ of: name, ...event }),
      ),
    );
  }

  /** The runtime of a node that was started. */
  runtimeOf(name: string): Runtime {
    return this.#runtimes.get(name)!;
  }

  /** Alice and bob. */
  async two(): Promise<{ alice: Node; bob: Node }> {
    return {
      alice: await this.node("alice", "198.51.100.1"),
      bob: await this.node("bob", "203.0.113.2"),
    };
  }

  /** Events of this kind, of one node or of all. */
  seen(event: NodeEvent["event"], of?: string) {
    return this.events.filter((one) => one.event === event && (!of || one.of === of));
  }

  /** Sends a Route Direction for `fqdn` as its DC would. */
  sendRoute(fqdn: string, instruction: Instruction, session?: number): void {
    this.#to(fqdn, m.routeDirection, {
      node: fqdn,
      instruction,
      ...(session !== undefined && { session }),
    });
  }

  /** Both ends' instructions for a path between two nodes. */
  instructions(initiator: string, responder: string): Record<Side, Instruction> {
    const { random } = this.#runtime;
    const { relayed = false, starts = "initiator", change = (same) => same } = this.plan;
    const pathId = this.#newId();
    const key = () => random.bytes(32);
    const [temporaryKey, tunnelKey] = [key(), key()];
    const rsKeys = { initiator: key(), responder: key() };
    const end = (side: Side, peer: Known): Instruction => {
      const platform = this.#profile === "platform";
      const outer = !platform ? tunnelKey : relayed ? rsKeys[side] : undefined;
      const mine = relayed || side === starts;
      return change({
        pathId,
        side,
        starts: mine,
        makesKey: platform && !relayed ? mine : side === "initiator",
        peer: peer.fqdn,
        peerIpv4: peer.ipv4,
        peerIpv6: peer.ipv6,
        peerEndpoints: relayed ? [] : [peer.seen],
        ...(relayed && { relay: [RELAY] }),
        profile: this.#profile,
        suite: "aes-256-gcm",
        temporaryKey,
        ...(outer && { tunnelKey: outer }),
        lifetime: this.keySeconds,
      });
    };
    if (relayed) this.relay.add(pathId, this.#profile === "platform" ? rsKeys : tunnelKey);
    return {
      initiator: end("initiator", this.#known.get(responder)!),
      responder: end("responder", this.#known.get(initiator)!),
    };
  }

  /** Forgets a node's key, as a DC that lost its store. */
  forget(fqdn: string): void {
    for (const [id, { fqdn: owner }] of this.#keys) if (owner === fqdn) this.#keys.delete(id);
  }

  #stream(stream: Stream): void {
    const reader = new FrameReader();
    stream.handle({
      data: (bytes) => {
        for (const { type, content } of reader.push(bytes)) this.#overTls(stream, type, content);
      },
      closed() {},
    });
  }

  #overTls(stream: Stream, type: number, content: Uint8Array): void {
    const answer = <T>(message: Message<T>, value: T) =>
      stream.write(encodeFrame(message.type, message.encode(value)));
    if (type === m.bootstrapRequest.type) {
      const { transaction } = m.bootstrapRequest.decode(content);
      this.taken.push(m.bootstrapRequest.name);
      const value = { transaction, zone: "a.test", dc: [DC], dcName: "dc.a.test" };
      return answer(m.bootstrapResponse, value);
    }
    const { transaction, mail, fqdn, password } = m.loginRequest.decode(content);
    this.taken.push(m.loginRequest.name);
    if (password !== "right") return answer(m.errorResponse, { transaction, cause: "refused" });
    const name = fqdn ?? mail!.replace("@", ".");
    const granted = this.#grant(name, this.#runtime.random.bytes(32));
    answer(m.loginResponse, { transaction, fqdn: name, dc: [DC], ...granted });
  }

  #grant(fqdn: string, secret: Uint8Array) {
    const id = this.#newId();
    const association = new Association({
      id,
      secret,
      suite: "aes-256-gcm",
      label: "kmndc",
      own: "responder",
    });
    const index = this.#addresses.get(fqdn) ?? this.#addresses.size + 1;
    this.#addresses.set(fqdn, index);
    const known: Known = {
      fqdn,
      association,
      secret,
      seen: { host: "0.0.0.0", port: 1 },
      ...this.#known.get(fqdn),
      ipv4: `198.18.0.${index}`,
      ipv6: `fd4e:544d::${index}`,
    };
    Object.assign(known, { association, secret });
    this.#known.set(fqdn, known);
    this.#keys.set(id, { ...known, of: association, old: secret });
    return { id, secret, suite: "aes-256-gcm" as const, lifetime: this.keySeconds };
  }

  #newId(): number {
    const view = new DataView(this.#runtime.random.bytes(8).buffer);
    return view.getUint16(0) * 2 ** 32 + view.getUint32(4) + 1;
  }

  #datagram(bytes: Uint8Array, from: Address): void {
    if (this.deaf) return;
    const key = this.#keys.get(decodeHeader(bytes).pathId);
    const opened = key?.of.open(bytes);
    if (!key || !opened?.ok) return;
    const known = this.#known.get(key.fqdn)!;
    const { header: { type }, plaintext } = opened;
    const answer = <T>(message: Message<T>, value: T) =>
      this.#socket.send(key.of.seal(message.type, message.encode(value)), from);
    switch (type) {
      case m.registrationRequest.type: {
        const { transaction } = m.registrationRequest.decode(plaintext);
        this.taken.push(m.registrationRequest.name);
        known.seen = from;
        const { ipv4, ipv6 } = known;
        const lifetime = this.registrationSeconds;
        return answer(m.registrationResponse, { transaction, ipv4, ipv6, seen: from, lifetime });
      }
      case m.reauthenticationRequest.type: {
        const { transaction, share, nonce } = m.reauthenticationRequest.decode(plaintext);
        this.taken.push(m.reauthenticationRequest.name);
        const own = this.#runtime.random.bytes(32);
        const mine = { share: publicShare(own), nonce: this.#runtime.random.bytes(32) };
        const secret = renewedSecret({
          label: "kmndc",
          shared: sharedSecret(own, share)!,
          requestShare: share,
          requestNonce: nonce,
          responseShare: mine.share,
          responseNonce: mine.nonce,
        }, key.old);
        const { id, suite, lifetime } = this.#grant(key.fqdn, secret);
        return answer(m.reauthenticationResponse, { transaction, ...mine, id, suite, lifetime });
      }
      case m.directionRequest.type: {
        const { transaction, fqdn, session } = m.directionRequest.decode(plaintext);
        this.taken.push(m.directionRequest.name);
        if (!this.#known.has(fqdn)) {
          return answer(m.errorResponse, { transaction, cause: "unavailable" });
        }
        answer(m.directionResponse, { transaction, session });
        const both = this.instructions(key.fqdn, fqdn);
        this.sendRoute(fqdn, both.responder);
        return this.sendRoute(key.fqdn, both.initiator, session);
      }
      case m.routeDirectionAck.type:
        this.taken.push(m.routeDirectionAck.name);
        return;
      case m.errorResponse.type:
        this.taken.push(`Error ${m.errorResponse.decode(plaintext).cause}`);
    }
  }

  #to<T extends { readonly transaction: number }>(
    fqdn: string,
    message: Message<T>,
    content: Omit<T, "transaction">,
  ): void {
    const { association, seen } = this.#known.get(fqdn)!;
    const plaintext = message.encode({ ...content, transaction: this.#transaction++ } as T);
    this.#socket.send(association.seal(message.type, plaintext), seen);
  }
}
