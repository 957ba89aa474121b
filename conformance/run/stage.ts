/**
 * Sets the stage of a case: makes its peers, connects and registers them, and clears up after it.
 *
 * @module
 */
import { type Address, parseIp } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import type { PeerSpec } from "../format/vector.ts";
import {
  defaultPassword,
  domain as suiteDomain,
  neighbourDomain,
  type Role,
} from "../format/profiles.ts";
import type { PlannedCase } from "../expand/plan.ts";
import { answer } from "../peers/answer.ts";
import { type LinkKind, openLink } from "../peers/link.ts";
import { Peer } from "../peers/peer.ts";
import { installBarrier } from "./barrier.ts";
import type { CaseContext } from "./context.ts";
import { Inconclusive, NotClaimed } from "./failure.ts";
import { type CertificateFor, serverCertificate } from "./identities.ts";
import type { EndpointKind, ServerPlace, SessionManagerIut, TerminalIut } from "./iut.ts";
import { Neighbour } from "./neighbour.ts";
import { register } from "./register.ts";
import { installRegistrar } from "./registrar.ts";
import type { Host } from "./world.ts";

/** Listening points of the case's own servers, to be stopped after it. */
const listening = new WeakMap<Peer, Neighbour>();
const hosts = new WeakMap<Peer, Host>();

/** Kind of link a channel name means. */
export function linkKind(channel: string | undefined): LinkKind {
  return channel === "udp" || channel === "tcp" ? channel : "tls";
}

/** IP version a vector asks for. */
export function ipOf(spec: { readonly ip?: number | string | undefined }): 4 | 6 {
  return Number(spec.ip ?? 4) === 6 ? 6 : 4;
}

/** Makes all peers of the case; connected and registered as the vector says. */
export async function setStage(context: CaseContext): Promise<void> {
  const { planned, iut } = context;
  if (iut.role === "codec") return;
  for (const [label, spec] of Object.entries(planned.peers)) makePeer(context, label, spec);
  if (iut.role === "terminal") await setTerminalStage(context, iut);
  else {for (const [label, spec] of Object.entries(planned.peers)) {
      await bringIn(context, iut, label, spec);
    }}
}

function makePeer(context: CaseContext, label: string, spec: PeerSpec): void {
  const shared = spec.at === undefined ? undefined : context.peers.get(spec.at);
  const host = shared ? hosts.get(shared)! : context.world.peer(ipOf(spec), spec.address);
  const uri = uriOfPeer(spec, context.iut.role);
  const user = /^sips?:([^@]*)@/.exec(uri)?.[1] ?? "";
  const password = spec.is === "terminal" ? spec.password ?? passwordOf(context, user) : "";
  const facts = { label, uri, kind: linkKind(spec.channel), host: host.address, password };
  const peer = new Peer(facts, host.runtime, context.recorder);
  hosts.set(peer, host);
  installBarrier(peer);
  context.peers.set(label, peer);
}

function uriOfPeer(spec: PeerSpec, role: Role): string {
  if (spec.is === "terminal") return spec.name;
  return `sip:${spec.domain ?? (role === "terminal" ? suiteDomain : neighbourDomain)}`;
}

/** Password of an account, as the IUT has it. */
export function passwordOf(context: CaseContext, user: string): string {
  return context.iut.role === "session-manager"
    ? context.iut.password(user)
    : defaultPassword(user);
}

async function bringIn(
  context: CaseContext,
  iut: SessionManagerIut,
  label: string,
  spec: PeerSpec,
): Promise<void> {
  const peer = context.peer(label);
  const own = spec.is === "session-manager" && peer.domain === neighbourDomain;
  if (own && spec.connected !== false && spec.certificate === undefined) {
    iut.neighbour?.attach(peer);
  }
  if (spec.connected === false) return;
  await connectPeer(context, label);
  if (spec.is === "terminal" && spec.registered !== false) {
    await precondition(
      `${label} registers`,
      () => register(peer, {}, context.times.timeoutMilliseconds),
    );
  }
}

async function precondition(what: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof NotClaimed) throw error;
    throw new Inconclusive(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Opens a peer's channel to the IUT. Rejects with the network's error. */
export async function openChannel(context: CaseContext, label: string): Promise<void> {
  const { iut, planned } = context;
  const spec = planned.peers[label]!;
  if (iut.role !== "session-manager") {
    throw new Inconclusive(`${label} cannot connect to a terminal`);
  }
  const peer = context.peer(label);
  const { kind } = peer.facts;
  const place = placeOf(iut, spec);
  const tls = kind === "tls" ? await credentials(iut, peer, spec) : undefined;
  const link = await openLink(peer.runtime, {
    kind,
    from: hosts.get(peer)!.address,
    to: endpoint(place, kind, hosts.get(peer)!.address),
    ...(tls ? { tls, serverName: place.serverName } : {}),
  }, peer.events);
  peer.adopt(link);
  context.recorder.event(label, "iut", `${kind} channel open`);
}

async function connectPeer(context: CaseContext, label: string): Promise<void> {
  await precondition(`${label} connects`, () => openChannel(context, label));
}

/** The session manager a peer belongs to. */
export function placeOf(iut: SessionManagerIut, spec: PeerSpec): ServerPlace {
  const name = spec.is === "terminal" && spec.server !== undefined ? spec.server : undefined;
  const place = name ? iut.servers[name] : iut.servers["main"] ?? iut.servers["a"];
  if (!place) throw new Inconclusive(`the IUT has no session manager ${name}`);
  return place;
}

/** Where a place listens for a kind of link from an address. */
export function endpoint(place: ServerPlace, kind: LinkKind, from: string): Address {
  const name: EndpointKind = from.includes(":") ? `${kind}6` : kind;
  const address = place.endpoints[name];
  if (!address) throw new NotClaimed(`the target has no ${name} endpoint for this profile`);
  return address;
}

async function credentials(
  iut: SessionManagerIut,
  peer: Peer,
  spec: PeerSpec,
): Promise<TlsCredentials> {
  const wanted = certificateOf(peer.facts.uri, spec);
  if (!wanted) return { trust: iut.trust };
  if (!iut.identities) {
    throw new NotClaimed("the target file has no authority to issue certificates");
  }
  return { trust: iut.trust, ...await iut.identities.issue(wanted) };
}

/** The certificates the peers of a case show; made beforehand, as a simulation does not wait for it. */
export function certificatesOf(planned: PlannedCase): CertificateFor[] {
  return Object.values(planned.peers).flatMap((spec) =>
    certificateOf(uriOfPeer(spec, planned.iut), spec) ?? []
  );
}

/** The certificate a peer shows, if any. */
function certificateOf(uri: string, spec: PeerSpec): CertificateFor | undefined {
  const own: CertificateFor = spec.is === "session-manager"
    ? serverCertificate(uri.replace(/^sips?:/, ""))
    : { uris: [uri], dns: [] };
  const { certificate } = spec;
  if (certificate === undefined) {
    return spec.is === "session-manager" || spec.channel === "tls-certificate" ? own : undefined;
  }
  if (typeof certificate === "object") {
    const { uris, dns, authority, validity } = certificate;
    const named = uris !== undefined || dns !== undefined;
    return { ...(named ? { uris: uris ?? [], dns: dns ?? [] } : own), authority, validity };
  }
  if (certificate === "none") return undefined;
  if (certificate === "other-authority") return { ...own, authority: "other" };
  return { ...own, validity: certificate === "valid" ? undefined : certificate as "expired" };
}

async function setTerminalStage(context: CaseContext, iut: TerminalIut): Promise<void> {
  const entry = Object.entries(context.planned.peers)
    .find(([, spec]) => spec.is === "session-manager");
  if (!entry) throw new Inconclusive("a vector with iut: terminal needs a session-manager peer");
  const [label, spec] = entry;
  const peer = context.peer(label);
  const host = hosts.get(peer)!;
  const wanted = context.planned.terminal ?? {};
  const channel = (wanted.channel ?? "tls") as "tls" | "tls-certificate" | "tcp" | "udp";
  const kind = linkKind(channel);
  if (kind === "udp") throw new NotClaimed("the harness plays no server over UDP");
  const certificate = certificateOf(peer.facts.uri, spec);
  const identity = certificate && await iut.identities.issue(certificate);
  const trust = [await iut.identities.trust()];
  const neighbour = await Neighbour.listen(peer.runtime, { host: host.address, port: 0 }, {
    kind,
    ...(kind === "tls" ? { tls: { ...identity, trust } } : {}),
  });
  listening.set(peer, neighbour);
  peer.bound = neighbour.address;
  neighbour.attach(peer);
  const name = wanted.name ?? "sip:user-b@abc.test";
  const user = /^sips?:([^@]*)@/.exec(name)?.[1] ?? "";
  const password = defaultPassword(user);
  if (spec.is === "session-manager" && spec.registrar !== "manual") {
    installRegistrar(peer, { name, password, certified: channel === "tls-certificate" });
  }
  const address = wanted.address === undefined ? undefined : parseIp(wanted.address);
  context.terminal = await iut.start(neighbour.address, peer.domain, {
    name,
    password,
    channel,
    ip: ipOf(wanted),
    address,
    trust,
  });
  peer.held = password;
  if (wanted.registered === false || startsByItself(context)) return;
  void context.terminal.does({ kind: "listen" }).catch(() => {});
  await precondition("the terminal registers", async () => {
    const there = await peer.inbox.until(
      () => peer.registered,
      context.times.timeoutMilliseconds * 5,
    );
    if (!there) throw new Error("it did not register within the time");
  });
}

/** Whether the first thing the vector wants is an action that registers by itself. */
function startsByItself(context: CaseContext): boolean {
  const { setup, control, steps } = context.planned;
  const first = [...setup, ...control, ...steps].find(({ sentence }) => sentence.kind !== "plain");
  return first?.sentence.key === "iut does";
}

/** Ends what is left of a case: registrations, channels, listening points, the terminal. */
export async function clearStage(context: CaseContext): Promise<void> {
  const { iut } = context;
  if (iut.role === "session-manager") {
    for (const peer of context.peers.values()) {
      const wanted = iut.deregister || peer.facts.kind === "udp";
      if (!peer.registered || !peer.link?.open || !wanted) continue;
      await register(peer, { expires: 0 }, context.times.timeoutMilliseconds).catch(() => {});
    }
    iut.neighbour?.detach();
  }
  if (context.terminal) { for (const peer of context.peers.values()) answerEverything(peer); }
  await context.terminal?.stop().catch(() => {});
  context.terminal = undefined;
  const closing: Promise<void>[] = [];
  for (const peer of context.peers.values()) {
    for (const link of [...peer.links]) closing.push(link.close());
    const server = listening.get(peer);
    if (server) closing.push(server.stop());
  }
  await Promise.race([Promise.all(closing), context.wait(1000)]);
}

/** A terminal that says good-bye is answered, whatever the vector was about. */
function answerEverything(peer: Peer): void {
  peer.hooks.unshift((message, link) => {
    if (message.kind !== "request" || message.method === "ACK") return false;
    answer(peer, message, link, { status: 200 });
    return true;
  });
}

/** A peer moves to a new address, for rebinding. */
export function moveHost(context: CaseContext, label: string, host: Host): void {
  const peer = context.peer(label);
  hosts.set(peer, host);
  peer.runtime = host.runtime;
}

/** The host a peer is at. */
export function hostOf(peer: Peer): Host {
  return hosts.get(peer)!;
}
