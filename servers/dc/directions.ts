/**
 * Direction: from "I want to talk to that name" to instructions for both nodes (NTM-7 to NTM-11).
 *
 * @module
 */
import {
  type DirectionRequest,
  type Instruction,
  type NtmInformationRequest,
  ntmInformationRequest,
  ntmInformationResponse,
  type RouteDirection,
  routeDirection,
  routeDirectionAck,
} from "../../core/ntm/messages/mod.ts";
import { decidePath, type PathDecision } from "../../core/ntm/path_decision.ts";
import { type Side, type Suite, SUITE_NUMBERS } from "../../core/ntm/values.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { Address } from "../../core/net/address.ts";
import type { Control } from "../ntm/control.ts";
import { inZone } from "../ntm/roles.ts";
import { type Body, Refusal } from "../ntm/routes.ts";
import type { ServerAddress, ServerKeys } from "../ntm/server_keys.ts";
import type { DcConfig } from "./config.ts";
import { makeKeying } from "./keying.ts";
import type { Nodes, RegisteredNode } from "./nodes.ts";
import type { Relays } from "./relays.ts";
import type { VirtualAddresses } from "./virtual_addresses.ts";
import { findDc } from "./zones.ts";

/** What directions need. */
export interface DirectionPorts {
  readonly config: DcConfig;
  readonly runtime: Runtime;
  readonly nodes: Nodes;
  readonly relays: Relays;
  readonly addresses: VirtualAddresses;
  readonly control: () => Control;
  readonly keys: () => ServerKeys;
}

interface Correspondent extends RegisteredNode {
  /** Its DC, if that is another one. */
  readonly dc?: ServerAddress;
}

/** How long another DC may take from its NTM Information Request to Route Direction. */
const EXPECTED_MILLISECONDS = 60_000;
/** Route Directions expected at once. */
const EXPECTED_LIMIT = 100_000;

/** The sessions that are being directed. */
export class Directions {
  readonly #ports: DirectionPorts;
  /** Sessions under way, by node. */
  readonly #underWay = new Map<string, number>();
  /** Route Directions that other DCs may send, by DC, node and correspondent: until when. */
  readonly #expected = new Map<string, number>();

  constructor(ports: DirectionPorts) {
    this.#ports = ports;
  }

  /** NTM-7. Throws a {@link Refusal}; instructions follow once this has resolved. */
  async request({ fqdn, session }: DirectionRequest, node: string): Promise<{ session: number }> {
    const { config, nodes } = this.#ports;
    const asking = nodes.registered(node);
    if (!asking) throw new Refusal("unregistered");
    if (fqdn === node) throw new Refusal("unavailable");
    const count = this.#underWay.get(node) ?? 0;
    if (count >= config.limits.sessionsPerNode) throw new Refusal("busy", "too many sessions", 5);
    this.#underWay.set(node, count + 1);
    const done = () => {
      const left = (this.#underWay.get(node) ?? 1) - 1;
      if (left > 0) this.#underWay.set(node, left);
      else this.#underWay.delete(node);
    };
    try {
      const correspondent = await this.#find(fqdn, node);
      const instructions = await this.#instructions(asking, correspondent);
      void this.#instruct(asking, correspondent, instructions, session).finally(done);
      return { session };
    } catch (error) {
      done();
      throw error;
    }
  }

  /** Own zone: ourselves; else the DC that the zone's NS record names (NTM-8). */
  async #find(fqdn: string, node: string): Promise<Correspondent> {
    const { config, nodes, runtime, keys, addresses } = this.#ports;
    if (inZone(fqdn, config.zone)) {
      const found = nodes.registered(fqdn);
      if (!found) throw new Refusal("unavailable");
      return found;
    }
    const { log } = runtime;
    const dc = await findDc(fqdn, { resolver: config.resolver, port: config.peerPort, log });
    const request = { correspondent: fqdn, node };
    const { network, ipv4, ipv6, suites } = await keys().ask(
      dc,
      ntmInformationRequest,
      request,
      ntmInformationResponse,
    );
    if (addresses.holds(ipv4)) {
      log.write("error", "virtual addresses overlap: configure other shares", {
        zone: dc.name,
        ipv4,
      });
      throw new Refusal("overlap", "both operators give out the same virtual IPv4 addresses");
    }
    return { fqdn, network, ipv4, ipv6, suites, dc };
  }

  async #instructions(
    initiator: RegisteredNode,
    responder: RegisteredNode,
  ): Promise<Readonly<Record<Side, Instruction>>> {
    const { config, runtime, control, relays } = this.#ports;
    const { profile, timers } = config;
    const suite = suiteOf(initiator, responder);
    const decision = decidePath(initiator.network, responder.network);
    const keying = makeKeying(profile, decision, runtime.random);
    const pathId = control().freshId();
    const lifetime = timers.tunnelKeySeconds;
    const relay = decision.is === "relay"
      ? await relays.prepare(decision.families, {
        ...{ pathId, profile, suite, lifetime },
        ...keying.relay,
      })
      : undefined;
    const common = { pathId, profile, suite, lifetime, ...(relay && { relay }) };
    const end = (side: Side, peer: RegisteredNode): Instruction => ({
      ...{ ...common, side, ...keying.ends[side] },
      ...{ peer: peer.fqdn, peerIpv4: peer.ipv4, peerIpv6: peer.ipv6 },
      peerEndpoints: endpointsFor(side, decision),
    });
    return { initiator: end("initiator", responder), responder: end("responder", initiator) };
  }

  /** The correspondent first; the node that asked once it has acknowledged (NTM-10). */
  async #instruct(
    initiator: RegisteredNode,
    responder: Correspondent,
    instructions: Readonly<Record<Side, Instruction>>,
    session: number,
  ): Promise<void> {
    const { keys, runtime } = this.#ports;
    try {
      const toResponder = { node: responder.fqdn, instruction: instructions.responder };
      if (responder.dc) {
        await keys().ask(responder.dc, routeDirection, toResponder, routeDirectionAck);
      } else {
        await this.#toNode(toResponder);
      }
      await this.#toNode({ node: initiator.fqdn, session, instruction: instructions.initiator });
    } catch (error) {
      runtime.log.write("info", "session not directed", {
        ...{ node: initiator.fqdn, correspondent: responder.fqdn, error: String(error) },
      });
    }
  }

  async #toNode(direction: Body<RouteDirection>): Promise<{ pathId: number }> {
    const peer = this.#ports.control().newest(`node:${direction.node}`);
    if (!peer) throw new Refusal("unavailable");
    return await peer.ask(routeDirection, direction, routeDirectionAck);
  }

  /** NTM-8, the answering side: one refusal for unknown and for not registered. */
  information({ correspondent, node }: NtmInformationRequest, dc: string) {
    const { config, nodes, runtime } = this.#ports;
    const zone = zoneOf(dc);
    if (zone === undefined || !inZone(node, zone)) throw new Refusal("refused");
    const found = inZone(correspondent, config.zone) ? nodes.registered(correspondent) : undefined;
    if (!found) throw new Refusal("unavailable");
    const now = runtime.clock.now();
    for (const [key, until] of this.#expected) {
      if (until > now && this.#expected.size < EXPECTED_LIMIT) break;
      this.#expected.delete(key);
    }
    const expected = JSON.stringify([zone, node, correspondent]);
    this.#expected.delete(expected);
    this.#expected.set(expected, now + EXPECTED_MILLISECONDS);
    const { network, ipv4, ipv6, suites } = found;
    return { network, ipv4, ipv6, suites };
  }

  /** NTM-10 from another DC: only for a session about which it has asked. */
  async forward({ node, instruction }: RouteDirection, dc: string): Promise<{ pathId: number }> {
    const expected = JSON.stringify([zoneOf(dc), instruction.peer, node]);
    const until = this.#expected.get(expected);
    if (until === undefined || until <= this.#ports.runtime.clock.now()) {
      throw new Refusal("refused");
    }
    if (instruction.side !== "responder") throw new Refusal("refused");
    try {
      return await this.#toNode({ node, instruction });
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal("unavailable");
    }
  }
}

function suiteOf(initiator: RegisteredNode, responder: RegisteredNode): Suite {
  const known = initiator.suites.filter((suite) => Object.hasOwn(SUITE_NUMBERS, suite));
  const suite = known.find((one) => responder.suites.includes(one));
  if (!suite) throw new Refusal("unsupported", "no suite in common");
  return suite;
}

/** Where the other end is; nowhere behind a relay. */
function endpointsFor(side: Side, decision: PathDecision): readonly Address[] {
  if (decision.is === "relay") return [];
  return decision.endpoints[side === "initiator" ? "responder" : "initiator"];
}

function zoneOf(peer: string): string | undefined {
  return peer.startsWith("dc:") ? peer.slice(3) : undefined;
}
