/**
 * Whom the node talks to: for each correspondent its tunnels, built when they are needed (NTM-7, NTM-10).
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { AssociationSpentError, type DropCause } from "../../core/ntm/association.ts";
import {
  directionRequest,
  directionResponse,
  type ErrorCause,
  type RouteDirection,
} from "../../core/ntm/messages/mod.ts";
import type { Instruction } from "../../core/ntm/messages/parts.ts";
import { formatPathId } from "../../core/ntm/values.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { Attached } from "./attachment.ts";
import type { NodeSettings } from "./config.ts";
import type { DcLink } from "./dc_link.ts";
import { NodeError } from "./errors.ts";
import type { NodeObserver } from "./events.ts";
import { Path, type PathPorts } from "./path.ts";
import type { Sockets } from "./sockets.ts";
import type { Tunnel } from "./tunnel.ts";

/** What correspondents need of the node. */
export interface CorrespondentsPorts {
  readonly runtime: Runtime;
  readonly settings: NodeSettings;
  readonly sockets: Sockets;
  readonly report: NodeObserver;
  link(): DcLink;
  attached(): Attached;
  /** A packet came through a tunnel. */
  packet(packet: Uint8Array, from: Instruction): void;
}

/** Makes an IP packet for whoever is at the other end. */
export type MakePacket = (peer: Instruction) => Uint8Array;

interface Correspondent {
  readonly fqdn: string;
  /** Where packets go: the tunnel that stood last. */
  current?: Tunnel;
  building?: Promise<Tunnel>;
  waiting: MakePacket[];
}

interface Session {
  readonly fqdn: string;
  routed(path: Path): void;
}

/** All correspondents. */
export class Correspondents {
  readonly #ports: CorrespondentsPorts;
  readonly #byName = new Map<string, Correspondent>();
  readonly #paths = new Map<number, Path>();
  readonly #sessions = new Map<number, Session>();
  #session: number;
  #stopped = false;

  constructor(ports: CorrespondentsPorts) {
    this.#ports = ports;
    this.#session = new DataView(ports.runtime.random.bytes(4).buffer).getUint32(0);
  }

  /** A tunnel to this node: the one that stands, or a new one. Throws {@link NodeError}. */
  async tunnel(fqdn: string): Promise<Tunnel> {
    const known = this.#byName.get(fqdn);
    if (known?.current?.open) return known.current;
    return await this.#build(fqdn);
  }

  /** Sends a packet; it waits for the tunnel if none stands, or is dropped with a report. */
  send(fqdn: string, make: MakePacket): void {
    const known = this.#byName.get(fqdn);
    if (known?.current?.open) {
      try {
        return known.current.send(make(known.current.instruction));
      } catch (error) {
        if (!(error instanceof AssociationSpentError)) throw error;
        known.current.close("its key is used up");
      }
    }
    const correspondent = this.#correspondent(fqdn);
    if (correspondent.waiting.length < this.#ports.settings.limits.waitingDatagrams) {
      correspondent.waiting.push(make);
    }
    this.#build(fqdn).catch((error) => {
      this.#ports.runtime.log.write("info", "no tunnel", { peer: fqdn, reason: String(error) });
    });
  }

  /** Whether datagrams with this path id are a tunnel's. */
  owns(pathId: number): boolean {
    return this.#paths.has(pathId);
  }

  /** Takes a datagram of a path; the cause if it was dropped. */
  receive(
    pathId: number,
    type: number,
    datagram: Uint8Array,
    from: Address,
  ): DropCause | undefined {
    return this.#paths.get(pathId)!.receive(type, datagram, from);
  }

  /** Takes an instruction; a cause if it is not followed. */
  route({ node, session, instruction }: RouteDirection): ErrorCause | undefined {
    const { settings, runtime } = this.#ports;
    if (this.#stopped || node !== this.#ports.attached().fqdn) return "unavailable";
    if (!settings.suites.includes(instruction.suite)) return "unsupported";
    if (this.#paths.size >= settings.limits.tunnels || this.#paths.has(instruction.pathId)) {
      return "busy";
    }
    const asked = session === undefined ? undefined : this.#sessions.get(session);
    // Nobody builds a tunnel here in our name for a session that we did not ask for.
    if (instruction.side === "initiator" && asked?.fqdn !== instruction.peer) return "unavailable";
    const path = new Path(this.#pathPorts(), instruction);
    this.#paths.set(instruction.pathId, path);
    path.built.then((tunnel) => this.#stands(tunnel), (error) => {
      this.#paths.delete(instruction.pathId);
      this.#closed(instruction, error.message);
    });
    if (instruction.side === "initiator") {
      this.#sessions.delete(session!);
      asked!.routed(path);
    }
    // Our acknowledgement goes first.
    runtime.clock.after(0, () => path.start());
  }

  stop(): void {
    this.#stopped = true;
    for (const path of [...this.#paths.values()]) path.close("the node was stopped");
  }

  #pathPorts(): PathPorts {
    const { runtime: { clock, random }, settings: { timing }, sockets, packet } = this.#ports;
    return {
      clock,
      random,
      timing,
      usable: (addresses) => sockets.usable(addresses),
      send: (bytes, to) => sockets.send(bytes, to),
      packet: (octets, { instruction }) => packet(octets, instruction),
      closed: (tunnel, reason) => {
        this.#paths.delete(tunnel.id);
        const known = this.#byName.get(tunnel.instruction.peer);
        if (known?.current === tunnel) {
          delete known.current;
          this.#tidy(known);
        }
        this.#closed(tunnel.instruction, reason);
      },
      ageing: ({ instruction: { side, peer } }) => {
        // Make before break: the old one carries packets until the new one stands.
        if (side === "initiator") this.#build(peer).catch(() => {});
      },
    };
  }

  #correspondent(fqdn: string): Correspondent {
    const known = this.#byName.get(fqdn);
    if (known) return known;
    const made: Correspondent = { fqdn, waiting: [] };
    this.#byName.set(fqdn, made);
    return made;
  }

  #tidy(one: Correspondent): void {
    if (!one.current && !one.building) this.#byName.delete(one.fqdn);
  }

  #build(fqdn: string): Promise<Tunnel> {
    const one = this.#correspondent(fqdn);
    one.building ??= this.#negotiate(fqdn).finally(() => {
      delete one.building;
      if (!one.current) one.waiting = [];
      this.#tidy(one);
    });
    return one.building;
  }

  async #negotiate(fqdn: string): Promise<Tunnel> {
    const { settings: { limits, timing }, runtime: { clock } } = this.#ports;
    if (this.#stopped) throw new NodeError("stopped", "the node was stopped");
    if (this.#paths.size + this.#sessions.size >= limits.tunnels) {
      throw new NodeError("refused", `tunnel to ${fqdn}: ${limits.tunnels} are in use, the limit`);
    }
    const session = this.#session = (this.#session + 1) >>> 0;
    const { promise, resolve, reject } = Promise.withResolvers<Path>();
    this.#sessions.set(session, { fqdn, routed: resolve });
    const timer = clock.after(timing.tunnelMilliseconds, () => {
      reject(new NodeError("unreachable", `tunnel to ${fqdn}: the DC sent no Route Direction`));
    });
    try {
      const accepted = this.#ports.link().ask(
        directionRequest,
        { fqdn, session },
        directionResponse,
      );
      // Route Direction may overtake Direction Response, and is as good.
      const path = await Promise.race([promise, accepted.then(() => promise)]);
      return await path.built;
    } catch (error) {
      if (!(error instanceof NodeError) || error.failure !== "unavailable") throw error;
      throw new NodeError("unavailable", `${fqdn}: ${error.message}`, { cause: error });
    } finally {
      timer.cancel();
      this.#sessions.delete(session);
    }
  }

  #stands(tunnel: Tunnel): void {
    const { peer, side, pathId, peerIpv4: ipv4, peerIpv6: ipv6, relay } = tunnel.instruction;
    if (!tunnel.open) return;
    const one = this.#correspondent(peer);
    one.current = tunnel;
    this.#ports.report({
      event: "tunnel",
      peer,
      side,
      path: formatPathId(pathId),
      ipv4,
      ipv6,
      ...(relay && { relay: `${tunnel.remote.host}:${tunnel.remote.port}` }),
    });
    for (const make of one.waiting.splice(0)) tunnel.send(make(tunnel.instruction));
  }

  #closed({ peer, pathId }: Instruction, reason: string): void {
    this.#ports.report({ event: "tunnel-closed", peer, path: formatPathId(pathId), reason });
  }
}
