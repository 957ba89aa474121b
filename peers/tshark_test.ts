/**
 * Wireshark's dissector reads every message that server and terminal send: as SIP, without a malformed packet and without an
 * expert's warning.
 */
import assert from "node:assert/strict";
import { run } from "../bench/process.ts";
import { startTerminal } from "../client/terminal/mod.ts";
import type { Delivery } from "../core/net/simulated_fabric.ts";
import { Simulation } from "../core/runtime/simulated.ts";
import { serve, smConfig } from "../servers/sm/mod.ts";
import { certificates, trustOnly } from "../servers/sm/testing/world.ts";
import { capture } from "./capture.ts";
import { peerTest } from "./tools.ts";

const SERVER = { host: "10.0.0.1", port: 5061 };

/** What two terminals and their server say to each other in a registration, a call, a message and a refused call. */
async function conversation(): Promise<Delivery[]> {
  const said: Delivery[] = [];
  const simulation = new Simulation({
    seed: "tshark",
    onDelivery: (delivery) => void (delivery.bytes.length && said.push(delivery)),
  });
  simulation.defaultLink({ delayMilliseconds: 5 });
  const server = await simulation.settle(serve(
    smConfig({
      domain: "abc.test",
      listen: [{ kind: "tls", address: SERVER }],
      tls: certificates.abc,
      accounts: ["user-a", "user-b"].map((name) => ({ name, password: `secret of ${name}` })),
    }),
    simulation.host("server", { addresses: [SERVER.host] }),
  ));
  const start = (user: string, address: string) =>
    simulation.settle(startTerminal(
      {
        name: `sip:${user}@abc.test`,
        server: { kind: "tls", ...SERVER },
        password: `secret of ${user}`,
        tls: trustOnly,
      },
      simulation.host(user, { addresses: [address] }),
      { call: (call) => void call.answer() },
    ));
  const alice = await start("user-a", "10.0.1.1");
  const bob = await start("user-b", "10.0.1.2");
  const call = await simulation.settle(alice.call("sip:user-b@abc.test"));
  assert.equal((await simulation.settle(call.outcome)).established, true);
  call.hangUp();
  await simulation.settle(call.over);
  await simulation.settle(alice.message("sip:user-b@abc.test", "hello"));
  const spoofed = await simulation.settle(
    alice.call("sip:user-b@abc.test", { from: "sip:user-b@abc.test" }),
  );
  assert.equal((await simulation.settle(spoofed.outcome)).established, false);
  await simulation.settle(alice.stop());
  await simulation.settle(bob.stop());
  await simulation.settle(server.stop());
  return said;
}

await peerTest(
  "tshark reads what server and terminal send as SIP, with nothing malformed",
  ["tshark"],
  async (folder) => {
    const said = await conversation();
    // The port tells tshark the protocol; the octets are those of the TLS stream's inside.
    const packets = said.map((delivery) => ({
      ...delivery,
      from: { ...delivery.from, port: 5060 },
      to: { ...delivery.to, port: 5060 },
    }));
    await Deno.writeFile(`${folder}/sip.pcap`, capture(packets));
    const fields = ["sip.Method", "sip.Status-Code", "sip.CSeq.method", "_ws.malformed"]
      .concat(["_ws.expert.severity", "_ws.expert.message", "_ws.col.Protocol"]);
    const { code, stdout, stderr } = await run(
      ["tshark", "-n", "-r", `${folder}/sip.pcap`, "-T", "fields", "-E", "separator=/t"]
        .concat(fields.flatMap((field) => ["-e", field])),
    );
    assert.equal(code, 0, stderr);
    const lines = stdout.split("\n").slice(0, -1).map((line) => line.split("\t"));
    assert.equal(lines.length, said.length, "one packet a message");
    const starts = said.map(({ bytes }) => new TextDecoder().decode(bytes).split(" ", 2));
    for (
      const [index, [method, status, , malformed, severity, message, protocol]] of lines.entries()
    ) {
      const [first, second] = starts[index]!;
      const what = `packet ${index + 1}, ${first} ${second}`;
      assert.match(protocol!, /^SIP/, what);
      assert.equal(malformed, "", what);
      assert.equal(
        first === "SIP/2.0" ? status : method,
        first === "SIP/2.0" ? second : first,
        what,
      );
      // Chats and notes are no complaint; a warning or an error is (PI_WARN, PI_ERROR).
      const worst = Math.max(0, ...severity!.split(",").filter(Boolean).map(Number));
      assert.ok(worst < 0x600000, `${what}: ${message}`);
    }
    for (const method of ["REGISTER", "INVITE", "ACK", "BYE", "MESSAGE"]) {
      assert.ok(lines.some((line) => line[0] === method), `no ${method} was sent`);
    }
    assert.ok(lines.some((line) => line[1] === "403"), "no refusal was sent");
  },
);
