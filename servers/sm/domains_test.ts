import assert from "node:assert/strict";
import { abcHost, certificates, inWorld, type World, xyzHost } from "./testing/world.ts";

async function twoDomains(world: World) {
  await world.abc();
  await world.xyz();
  const alice = await world.registered({ name: "sip:user-a@abc.test", address: "10.0.1.1" });
  const bob = await world.registered({
    name: "sip:user-b@xyz.test",
    address: "10.0.2.2",
    server: { host: xyzHost, port: 5061 },
  });
  return { alice, bob };
}

const chain = ["[10.0.0.2];level=3", "[10.0.0.1];level=3", "[10.0.1.1];level=3"];

Deno.test(
  "domains: a call goes through both servers with a chain of three, there and back (SM-20, SM-25)",
  inWorld(async (world) => {
    const { alice, bob } = await twoDomains(world);
    const dialog = await alice.call(bob);
    assert.deepEqual(dialog.arrived.headers.list("Route-Security"), chain);
    assert.deepEqual(dialog.answered.headers.list("Route-Security"), chain);
    assert.equal(dialog.answered.headers.list("Record-Route").length, 2);
    const info = dialog.forth("INFO");
    alice.send(info);
    bob.answer(await bob.request("INFO"), 200);
    assert.equal((await alice.final(info)).status, 200);
    const bye = dialog.back("BYE");
    bob.send(bye);
    const arrived = await alice.request("BYE");
    assert.deepEqual(arrived.headers.list("Route-Security"), [
      "[10.0.0.1];level=3",
      "[10.0.0.2];level=3",
      "[10.0.2.2];level=3",
    ]);
    alice.answer(arrived, 200);
    assert.equal((await bob.final(bye)).status, 200);
  }),
);

Deno.test(
  "domains: a server with several addresses goes to its neighbour from the one it listens at (SM-7)",
  inWorld(async (world) => {
    world.host(abcHost, ["10.0.0.77"]);
    const { alice, bob } = await twoDomains(world);
    const dialog = await alice.call(bob);
    assert.deepEqual(dialog.arrived.headers.list("Route-Security"), chain);
  }),
);

Deno.test(
  "domains: a CANCEL crosses both servers",
  inWorld(async (world) => {
    const { alice, bob } = await twoDomains(world);
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    const arrived = await bob.request("INVITE");
    bob.answer(arrived, 180);
    await alice.response(invite, (status) => status === 180);
    alice.send(alice.make("CANCEL", bob.name, {
      from: invite.headers.get("From") ?? "",
      to: invite.headers.get("To") ?? "",
      callId: invite.headers.get("Call-ID") ?? "",
      cseq: Number(invite.headers.get("CSeq")?.split(" ")[0]),
      via: invite.headers.getAll("Via"),
    }));
    const cancel = await bob.request("CANCEL");
    bob.answer(cancel, 200);
    bob.answer(arrived, 487);
    await alice.response(invite, (status) => status === 487);
  }),
);

Deno.test(
  "domains: a neighbour sends in names of its own domain and of no other (SM-20)",
  inWorld(async (world) => {
    await world.abc();
    const { bob } = await world.pair();
    const server = await world.phone({
      name: "sip:anyone@abc.test",
      address: "10.0.0.2",
      tls: certificates.xyz,
    });
    const good = server.make("MESSAGE", bob.name, { from: "<sip:user-y@xyz.test>;tag=1" });
    server.send(good);
    bob.answer(await bob.request("MESSAGE"), 200);
    assert.equal((await server.final(good)).status, 200);
    for (const from of ["sip:user-a@abc.test", "sip:user-y@sub.xyz.test", "sip:xyz.test@x"]) {
      const response = await server.ask("MESSAGE", bob.name, { from: `<${from}>;tag=1` });
      assert.equal(response.status, 403, from);
    }
    const elsewhere = await server.ask("MESSAGE", "sip:user-z@xyz.test", {
      from: "<sip:user-y@xyz.test>;tag=1",
    });
    assert.equal(elsewhere.status, 404);
    const register = await server.ask("REGISTER", "sip:abc.test", {
      from: `<${bob.name}>;tag=1`,
      to: `<${bob.name}>`,
    });
    assert.ok(register.status >= 400);
  }),
);

Deno.test(
  "domains: a server that is no configured neighbour is a stranger (SM-20)",
  inWorld(async (world) => {
    await world.abc();
    const { bob } = await world.pair();
    const server = await world.phone({
      name: "sip:anyone@abc.test",
      address: "10.0.0.3",
      tls: certificates.stranger,
    });
    const response = await server.ask("MESSAGE", bob.name, { from: "<sip:x@other.test>;tag=1" });
    assert.equal(response.status, 403);
    await bob.quiet();
  }),
);

Deno.test(
  "domains: a neighbour whose certificate is another's gets nothing, and the caller 503 (SM-20)",
  inWorld(async (world) => {
    await world.abc();
    await world.xyz({ tls: certificates.stranger });
    const { alice } = await world.pair();
    const response = await alice.ask("MESSAGE", "sip:user-b@xyz.test");
    assert.equal(response.status, 503);
  }),
);

Deno.test(
  "domains: nobody there is 503; requests that wait for the same neighbour share one connection",
  inWorld(async (world) => {
    const server = await world.abc();
    const { alice } = await world.pair();
    assert.equal((await alice.ask("MESSAGE", "sip:user-b@xyz.test")).status, 503);
    await world.xyz();
    const requests = [1, 2, 3].map(() => alice.make("MESSAGE", "sip:user-b@xyz.test"));
    for (const request of requests) alice.send(request);
    for (const request of requests) assert.equal((await alice.final(request)).status, 480);
    const onward = [...server.transport.channels()].filter(({ names }) => names.has("xyz.test"));
    assert.equal(onward.length, 1);
  }),
);

Deno.test(
  "domains: an unknown domain looks like a name that does not exist (SM-17)",
  inWorld(async (world) => {
    await world.abc();
    const { alice } = await world.pair();
    assert.equal((await alice.ask("MESSAGE", "sip:user-b@nowhere.test")).status, 404);
  }),
);

Deno.test(
  "domains: what a server in between strips or changes is caught at the first one (SM-14)",
  inWorld(async (world) => {
    await world.abc();
    await world.xyz({}, (parts) => ({
      passResponse(response) {
        const passed = parts.passResponse(response);
        passed.headers.delete("Route-Security");
        return passed;
      },
    }));
    const alice = await world.registered({ name: "sip:user-a@abc.test", address: "10.0.1.1" });
    const bob = await world.registered({
      name: "sip:user-b@xyz.test",
      address: "10.0.2.2",
      server: { host: xyzHost, port: 5061 },
    });
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    bob.answer(await bob.request("INVITE"), 200);
    assert.equal((await alice.final(invite)).status, 502);
    const ack = await bob.request("ACK");
    assert.equal(ack.headers.has("Route"), false);
    await bob.request("BYE");
  }),
);
