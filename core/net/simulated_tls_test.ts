import assert from "node:assert/strict";
import {
  type CertificateAndKey,
  type CertificateOptions,
  createAuthority,
  issueCertificate,
} from "../crypto/pki.ts";
import { Simulation } from "../runtime/simulated.ts";
import type { ConnectOptions, ListenLimits, ListenOptions, Stream } from "./network.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const SERVER = { host: "2001:6789::5060", port: 5061 };
const CLIENT = "2001:1234::10";

const authority = await createAuthority({
  commonName: "our CA",
  days: 3650,
  notBefore: new Date(START - DAY),
});
const stranger = await createAuthority({
  commonName: "somebody's CA",
  days: 3650,
  notBefore: new Date(START - DAY),
});

async function credentials(options: Partial<CertificateOptions>, by = authority) {
  const made = await issueCertificate(by, {
    commonName: "leaf",
    days: 30,
    notBefore: new Date(START),
    ...options,
  });
  return { ...made, trust: [authority.certificate] };
}

const server = await credentials({ uris: ["sip:abc.test"] });
const userA = await credentials({ uris: ["sip:user-a@abc.test"] });

interface Case {
  listen?: Partial<Omit<ListenOptions, "limits">> & { limits?: Partial<ListenLimits> };
  connect?: Partial<ConnectOptions>;
  start?: number;
  onAccept?: (stream: Stream) => void;
}

/** Lets one client connect; what both ends got. */
async function meet({ listen = {}, connect = {}, start = START, onAccept }: Case) {
  const simulation = new Simulation({ seed: 1, start });
  const a = simulation.host("a", { addresses: [CLIENT] });
  const b = simulation.host("b", { addresses: [SERVER.host] });
  const accepted: Stream[] = [];
  const limits = { connections: 10, connectionsPerAddress: 10, handshakeMilliseconds: 1000 };
  const listener = await b.network.listen({
    kind: "tls",
    local: SERVER,
    tls: server,
    ...listen,
    limits: { ...limits, ...listen.limits },
  }, (stream) => {
    accepted.push(stream);
    onAccept?.(stream);
  });
  const call = (options: Partial<ConnectOptions> = {}) =>
    simulation.settle(
      a.network.connect({
        kind: "tls",
        remote: SERVER,
        tls: { trust: [authority.certificate] },
        serverName: "abc.test",
        timeoutMilliseconds: 5000,
        ...connect,
        ...options,
      }),
    );
  return { simulation, accepted, call, listener };
}

/** How a stream ended: a NetworkError's code, "end", or undefined while it is open. */
async function fate(simulation: Simulation, stream: Stream): Promise<string | undefined> {
  let how: string | undefined;
  stream.handle({
    data() {},
    closed: (error) => how = error ? String((error as { code?: unknown }).code) : "end",
  });
  await simulation.advance(2000);
  return how;
}

Deno.test("TLS: both identities are proven, with the names of the certificates", async () => {
  const { simulation, accepted, call } = await meet({ connect: { tls: userA } });
  const stream = await call();
  assert.equal(simulation.clock.now() - START, 4, "two round trips of 2 ms");
  assert.deepEqual(stream.peer?.uris, ["sip:abc.test"]);
  assert.match(stream.peer?.fingerprint ?? "", /^[0-9a-f]{64}$/);
  assert.equal(await fate(simulation, stream), undefined);
  assert.deepEqual(accepted[0]?.peer?.uris, ["sip:user-a@abc.test"]);
  assert.equal(accepted[0]?.kind, "tls");
});

Deno.test("TLS: a client without a certificate is let in and has no identity", async () => {
  const { simulation, accepted, call } = await meet({});
  assert.equal(await fate(simulation, await call()), undefined);
  assert.equal(accepted.length, 1);
  assert.equal(accepted[0]?.peer, undefined);
});

Deno.test("TLS: a server's name is proven by DNS entry or sip URI, by nothing else", async () => {
  const good = [
    { dns: ["abc.test"] },
    { dns: ["ABC.test", "other.test"] },
    { uris: ["sip:ABC.test"] },
  ];
  const bad = [
    { dns: ["xyz.test"] },
    { dns: ["*.test"] },
    { uris: ["sip:user@abc.test"] },
    { uris: ["https:abc.test"] },
    { uris: ["sip:xyz.test, DNS:abc.test"] },
    { uris: ["sip:xyz.test"], dns: ["abc.test"] }, // RFC 5922 §7.1: DNS counts only without sip URI
  ];
  for (const names of good) {
    const { call } = await meet({ listen: { tls: await credentials(names) } });
    assert((await call()).peer, JSON.stringify(names));
  }
  for (const names of bad) {
    const { simulation, accepted, call } = await meet({
      listen: { tls: await credentials(names) },
    });
    await assert.rejects(call(), { code: "certificate", message: /not for abc.test/ });
    await simulation.advance(100);
    assert.equal(accepted.length, 0, "the server never sees the stream");
  }
});

Deno.test("TLS: without a server name the address must be proven", async () => {
  const byAddress = await credentials({ ips: [SERVER.host] });
  const { call } = await meet({ listen: { tls: byAddress }, connect: { serverName: undefined } });
  await call();
  const { call: other } = await meet({ connect: { serverName: undefined } });
  await assert.rejects(other(), { code: "certificate", message: /not for 2001:6789::5060/ });
});

Deno.test("TLS: a server of another CA, or with nobody trusted, is refused", async () => {
  const forged = await credentials({ uris: ["sip:abc.test"] }, stranger);
  const { call } = await meet({ listen: { tls: forged } });
  await assert.rejects(call(), {
    code: "certificate",
    message: /not issued by an authority we trust/,
  });
  // The same name on the CA does not make it ours: the signature decides.
  const namesake = await createAuthority({
    commonName: "our CA",
    days: 30,
    notBefore: new Date(START),
  });
  const pretended = await credentials({ uris: ["sip:abc.test"] }, namesake);
  const { call: second } = await meet({ listen: { tls: pretended } });
  await assert.rejects(second(), { code: "certificate" });
  const { call: third } = await meet({ connect: { tls: { trust: [] } } });
  await assert.rejects(third(), { code: "certificate", message: /no CA is trusted/ });
});

Deno.test("TLS: the signature decides, whatever a certificate says of its issuer", async () => {
  const forged = await handMade({ issuedBy: authority });
  const tls = { ...forged, trust: [] };
  const { call } = await meet({ listen: { tls } });
  await assert.rejects(call(), { code: "certificate", message: /not issued by an authority/ });
  // The same certificate is good for who trusts itself: nothing else is wrong with it.
  const own = await handMade({});
  const trusting = await meet({
    listen: { tls: { ...own, trust: [] } },
    connect: { tls: { trust: [own.certificate] } },
  });
  await trusting.call();
});

Deno.test("TLS: who is no authority by basic constraints cannot issue, even where trusted", async () => {
  const parent = await handMade({});
  const below = await handMade({ issuedBy: parent, signedBy: parent });
  const { call } = await meet({
    listen: { tls: { ...below, trust: [] } },
    connect: { tls: { trust: [parent.certificate] } },
  });
  await assert.rejects(call(), { code: "certificate", message: /not issued by an authority/ });
});

Deno.test("TLS: a leaf that is trusted itself is no anchor unless it signed itself", async () => {
  const { call } = await meet({ connect: { tls: { trust: [server.certificate] } } });
  await assert.rejects(call(), { code: "certificate" });
});

/**
 * A certificate for sip:abc.test without any extension but the name, which says that `issuedBy` issued
 * it (else itself) and is signed by `signedBy` (else its own key).
 */
async function handMade(
  { issuedBy, signedBy }: { issuedBy?: CertificateAndKey; signedBy?: CertificateAndKey },
): Promise<CertificateAndKey> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signingKey = signedBy === undefined ? keys.privateKey : await crypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(signedBy.key),
    algorithm,
    false,
    ["sign"],
  );
  const issuer = issuedBy && new x509.X509Certificate(issuedBy.certificate);
  const made = await x509.X509CertificateGenerator.create({
    subject: issuedBy ? "CN=below" : "CN=hand made",
    issuer: issuer?.subject ?? "CN=hand made",
    notBefore: new Date(START),
    notAfter: new Date(START + DAY),
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: "url", value: "sip:abc.test" }]),
      // The forger copies what points to the real issuer's key.
      ...(issuer && !signedBy ? [await x509.AuthorityKeyIdentifierExtension.create(issuer)] : []),
    ],
  });
  const key = x509.PemConverter.encode(
    await crypto.subtle.exportKey("pkcs8", keys.privateKey),
    "PRIVATE KEY",
  );
  return { certificate: made.toString("pem"), key };
}

Deno.test("TLS: a leaf cannot act as an authority", async () => {
  const below = await credentials({ uris: ["sip:abc.test"] }, server);
  const tls = { ...below, certificate: below.certificate + server.certificate };
  const { call } = await meet({ listen: { tls } });
  await assert.rejects(call(), { code: "certificate" });
});

Deno.test("TLS: validity is judged by the virtual clock, to the second at both ends", async () => {
  const at = async (start: number) => {
    const { call } = await meet({ start });
    await call();
  };
  await assert.rejects(at(START - 10_000), {
    code: "certificate",
    message: /not valid before .* virtual clock says 2025-12-31T23:59:50/,
  });
  await at(START);
  await at(START + 30 * DAY - 10_000);
  await assert.rejects(at(START + 30 * DAY + 1000), {
    code: "certificate",
    message: /expired .* 2026/,
  });
});

Deno.test("TLS: a client certificate that does not verify ends the connection", async () => {
  const bad = [
    await credentials({ uris: ["sip:user-a@abc.test"] }, stranger),
    await credentials({ uris: ["sip:user-a@abc.test"], notBefore: new Date(START + DAY) }),
    await credentials({
      uris: ["sip:user-a@abc.test"],
      notBefore: new Date(START - DAY),
      days: 0.5,
    }),
  ];
  for (const tls of bad) {
    const { simulation, accepted, call } = await meet({ connect: { tls } });
    assert.equal(await fate(simulation, await call()), "certificate");
    assert.equal(accepted.length, 0);
  }
});

Deno.test("TLS: certificate and key must be there, readable and belong together", async () => {
  const { certificate, key, trust } = userA;
  for (
    const [tls, message] of [
      [{ certificate, key: server.key, trust }, /does not belong/],
      [{ certificate, trust }, /both a certificate and its key/],
      [{ certificate: "x", key, trust }, /-----BEGIN CERTIFICATE-----, found 0/],
      [{ certificate, key: "x", trust }, /private key cannot be read/],
    ] as const
  ) {
    const { call } = await meet({});
    await assert.rejects(call({ tls }), { code: "certificate", message });
    await assert.rejects(meet({ listen: { tls } }), { code: "certificate", message });
  }
  await assert.rejects(meet({ listen: { tls: { trust } } }), { code: "certificate" });
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const { call } = await meet({});
  await assert.rejects(call({ tls: { trust: [broken] } }), { message: /cannot be read/ });
});

Deno.test("TLS: a half-open handshake ends after its time and holds no place", async () => {
  const { simulation, accepted, call } = await meet({ listen: { limits: { connections: 3 } } });
  const silent = await call({ kind: "tcp" });
  let closedAt = 0;
  silent.handle({ data() {}, closed: () => closedAt = simulation.clock.now() });
  await simulation.advance(5000);
  assert.equal(closedAt - START, 1002, "1000 ms from the server's first sight, and the way back");
  for (let i = 0; i < 20; i++) await call({ kind: "tcp" });
  await call();
  await simulation.advance(500);
  assert.equal(accepted.length, 1, "the oldest unfinished handshake makes room");
});

Deno.test("TLS: a finished handshake does not make room for the next", async () => {
  const { simulation, accepted, call } = await meet({ listen: { limits: { connections: 1 } } });
  await call();
  await simulation.advance(100);
  await assert.rejects(call(), { code: "reset", message: /too many connections/ });
  assert.equal(accepted.length, 1);
});

Deno.test("TLS: octets that are no TLS break the handshake off, in either direction", async () => {
  const { simulation, accepted, call } = await meet({});
  const plain = await call({ kind: "tcp" });
  plain.write(Uint8Array.of(71, 69, 84));
  assert.equal(await fate(simulation, plain), "handshake");
  assert.equal(accepted.length, 0);

  const echo = await meet({
    listen: { kind: "tcp", tls: undefined },
    onAccept: (stream) => stream.handle({ data: (bytes) => stream.write(bytes), closed() {} }),
  });
  await assert.rejects(echo.call(), { code: "handshake" });
});

Deno.test("TLS: calling a port that says nothing back times out", async () => {
  const { simulation, accepted, call } = await meet({ listen: { kind: "tcp", tls: undefined } });
  await assert.rejects(call(), {
    code: "timeout",
    message: /no tls connection to .* within 5000 ms/,
  });
  const seen: number[] = [];
  let closed = false;
  accepted[0]?.handle({ data: (bytes) => seen.push(...bytes), closed: () => closed = true });
  await simulation.advance(100);
  assert.equal(seen[0], 22, "a TLS handshake record");
  assert(closed);
});

Deno.test("TLS: closing the listener ends handshakes under way", async () => {
  const { simulation, call, listener } = await meet({});
  const half = await call({ kind: "tcp" });
  await simulation.advance(10);
  await listener.close();
  assert.equal(await fate(simulation, half), "reset");
});
