import assert from "node:assert/strict";
import { certificates, inWorld } from "./testing/world.ts";

const userA = { name: "sip:user-a@abc.test", address: "10.0.1.1" };
const userB = { name: "sip:user-b@abc.test", address: "10.0.1.2" };

Deno.test(
  "REGISTER over TLS with digest: 401, then 200 with rspauth; the channel has name and level 3 (SM-1 to SM-3)",
  inWorld(async (world) => {
    const server = await world.abc();
    const alice = await world.phone(userA);
    const channel = () => [...server.transport.channels()][0];
    await world.simulation.advance(50);
    assert.equal(channel()?.level, 0);
    const response = await alice.register();
    assert.match(
      response.headers.get("Contact") ?? "",
      /^<sip:user-a@10\.0\.1\.1:.*;expires=3600$/,
    );
    assert.deepEqual([...channel()?.names ?? []], ["sip:user-a@abc.test"]);
    assert.equal(channel()?.level, 3);
  }),
);

Deno.test(
  "REGISTER over TLS with a client certificate needs no digest, and takes its names only (SM-3)",
  inWorld(async (world) => {
    await world.abc();
    const alice = await world.phone({ ...userA, tls: certificates.userA });
    assert.equal((await alice.ask("REGISTER", "sip:abc.test")).status, 200);
    const other = await alice.ask("REGISTER", "sip:abc.test", {
      from: "<sip:user-b@abc.test>;tag=1",
      to: "<sip:user-b@abc.test>",
    });
    assert.equal(other.status, 403);
    assert.match(other.headers.get("Reason") ?? "", /spoof check: To is not a name/);
  }),
);

Deno.test(
  "REGISTER: a wrong password and an unknown account get the same answer (SM-1)",
  inWorld(async (world) => {
    await world.abc();
    const alice = await world.phone(userA);
    const wrong = await alice.tryRegister({ password: "guess" });
    const nobody = await world.phone({ name: "sip:user-x@abc.test", address: "10.0.1.9" });
    const unknown = await nobody.tryRegister();
    const shape = ({ response }: typeof wrong) => [
      response.status,
      response.reason,
      response.headers.fields.map(({ name }) => name),
    ];
    assert.deepEqual(shape(wrong), shape(unknown));
    assert.equal(wrong.response.status, 401);
  }),
);

Deno.test(
  "REGISTER of another's name: with one's own credentials, with From of another, for another domain (SM-4)",
  inWorld(async (world) => {
    await world.abc();
    const mallory = await world.phone({ name: "sip:user-c@abc.test", address: "10.0.1.3" });
    const to = "<sip:user-b@abc.test>";
    const both = await mallory.tryRegister({ to, from: `${to};tag=1`, username: "user-c" });
    assert.equal(both.response.status, 403);
    const from = await mallory.tryRegister({ to });
    assert.equal(from.response.status, 403);
    const foreign = await mallory.tryRegister({
      to: "<sip:user-c@xyz.test>",
      from: "<sip:user-c@xyz.test>;tag=1",
    });
    assert.equal(foreign.response.status, 404);
  }),
);

Deno.test(
  "REGISTER of the same contact over a new channel moves the binding and takes the name from the old one (SM-4)",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const moved = await world.phone({ name: bob.name, address: "10.0.1.22" });
    await moved.register({ contact: `<${bob.contact}>` });
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    const arrived = await moved.request("MESSAGE");
    assert.equal(arrived.uri, bob.contact);
    moved.answer(arrived, 200);
    assert.equal((await alice.final(message)).status, 200);
    assert.equal((await bob.ask("MESSAGE", alice.name)).status, 403);
    await bob.quiet();
  }),
);

Deno.test(
  "REGISTER with the same Call-ID from a new address replaces the old contact (SM-4)",
  inWorld(async (world) => {
    await world.abc();
    const { alice } = await world.pair();
    const bob = await world.phone(userB);
    await bob.register({ callId: "one-client" });
    const moved = await world.phone({ ...userB, address: "10.0.1.22" });
    const response = await moved.register({ callId: "one-client", cseq: 99 });
    const contacts = response.headers.list("Contact").map((value) => value.split(";")[0]);
    assert.ok(!contacts.some((contact) => contact?.includes(bob.contact.split(";")[0] ?? "")));
    assert.equal((await bob.ask("MESSAGE", alice.name)).status, 403);
  }),
);

Deno.test(
  "A closed channel's name and binding are not reached any more: 480 (SM-1)",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    bob.transport.close(bob.channel);
    await world.simulation.advance(100);
    assert.equal((await alice.ask("MESSAGE", bob.name)).status, 480);
  }),
);

Deno.test(
  "De-registration by contact and by * takes the binding away and leaves the name to its channel",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const zero: [string, string][] = [["Expires", "0"]];
    assert.equal((await bob.register({ headers: zero })).headers.has("Contact"), false);
    assert.equal((await alice.ask("MESSAGE", bob.name)).status, 480);
    await bob.register();
    assert.equal(
      (await bob.register({ contact: "*", headers: zero })).headers.has("Contact"),
      false,
    );
    assert.equal((await alice.ask("MESSAGE", bob.name)).status, 480);
    const message = bob.make("MESSAGE", alice.name);
    bob.send(message);
    alice.answer(await alice.request("MESSAGE"), 200);
    assert.equal((await bob.final(message)).status, 200);
  }),
);

Deno.test(
  "REGISTER: too short is 423 with Min-Expires, too long is shortened, * without Expires: 0 is 400",
  inWorld(async (world) => {
    await world.abc();
    const alice = await world.registered(userA);
    const brief = await alice.ask("REGISTER", "sip:abc.test", { headers: [["Expires", "5"]] });
    assert.equal(brief.status, 423);
    assert.equal(brief.headers.get("Min-Expires"), "60");
    const long = await alice.ask("REGISTER", "sip:abc.test", { headers: [["Expires", "999999"]] });
    assert.match(long.headers.get("Contact") ?? "", /;expires=7200$/);
    assert.equal((await alice.ask("REGISTER", "sip:abc.test", { contact: "*" })).status, 400);
  }),
);

Deno.test(
  "A registration that expires is not called any more; a refresh keeps it",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    await bob.register({ headers: [["Expires", "100"]] });
    await world.simulation.advance(90_000);
    await bob.register({ headers: [["Expires", "100"]] });
    await world.simulation.advance(90_000);
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    bob.answer(await bob.request("MESSAGE"), 200);
    assert.equal((await alice.final(message)).status, 200);
    await world.simulation.advance(20_000);
    assert.equal((await alice.ask("MESSAGE", bob.name)).status, 480);
  }),
);

Deno.test(
  "REGISTER over UDP binds the name to the flow at level 0, and de-registration unbinds it (SM-24)",
  inWorld(async (world) => {
    const server = await world.abc();
    const alice = await world.registered({ ...userA, kind: "udp" });
    const bob = await world.registered({ ...userB, kind: "udp" });
    const levels = [...server.transport.channels()].map(({ kind, level, names }) => [
      ...[kind, level, ...names],
    ]);
    assert.deepEqual(levels, [["udp", 0, alice.name], ["udp", 0, bob.name]]);
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    const arrived = await bob.request("MESSAGE");
    assert.deepEqual(arrived.headers.list("Route-Security"), ["[10.0.1.1]"]);
    bob.answer(arrived, 200);
    assert.equal((await alice.final(message)).status, 200);
    await alice.register({ headers: [["Expires", "0"]] });
    assert.equal((await alice.ask("MESSAGE", bob.name)).status, 403);
  }),
);

Deno.test(
  "REGISTER over UDP asks for the digest every time: a source address proves nothing",
  inWorld(async (world) => {
    await world.abc();
    const alice = await world.registered({ ...userA, kind: "udp" });
    assert.equal((await alice.ask("REGISTER", "sip:abc.test")).status, 401);
    const tls = await world.registered({ ...userB, kind: "tls" });
    assert.equal((await tls.ask("REGISTER", "sip:abc.test")).status, 200);
  }),
);

Deno.test(
  "A nonce is good for the channel it was given on, and credentials are good once (SM-1)",
  inWorld(async (world) => {
    await world.abc();
    const alice = await world.phone(userA);
    const { response, proof } = await alice.tryRegister();
    assert.equal(response.status, 200);
    const headers = [["Authorization", proof?.value ?? ""]] as const;
    assert.equal((await alice.ask("REGISTER", "sip:abc.test", { headers })).status, 401);
    const thief = await world.phone({ ...userA, address: "10.0.1.66" });
    assert.equal((await thief.ask("REGISTER", "sip:abc.test", { headers })).status, 401);
  }),
);

Deno.test(
  "REGISTER for two contacts: both ring, the first 200 wins, the other is cancelled",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const second = await world.registered({ ...userB, address: "10.0.1.22" });
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    const [one, two] = [await bob.request("INVITE"), await second.request("INVITE")];
    bob.answer(one, 180);
    second.answer(two, 180);
    bob.answer(one, 200);
    const answered = await alice.final(invite);
    assert.match(answered.headers.get("To") ?? "", /tag=to-user-b$/);
    const cancel = await second.request("CANCEL");
    second.answer(cancel, 200);
    second.answer(two, 487);
    await second.request("ACK");
  }),
);
