/**
 * Our servers and our nodes together, in virtual time: both profiles, direct and relayed, one operator
 * and two.
 */
import assert from "node:assert/strict";
import { type Node, startNode } from "../client/node/mod.ts";
import { HOSTS, passwordOf, trustOnly, World } from "../servers/ntm/testing/world.ts";

async function nodeOf(
  world: World,
  fqdn: string,
  hosts: readonly string[],
  as: readonly string[] = HOSTS.asA,
): Promise<Node> {
  const operator = fqdn.endsWith(".b.example") ? "b" : "a";
  const v6 = hosts.every((host) => host.includes(":"));
  const node = await world.simulation.settle(startNode({
    profile: world.profile,
    server: { host: as[v6 ? 1 : 0]!, port: 4330, name: `as.${operator}.example` },
    mail: `${fqdn.split(".")[0]}@${operator}.example`,
    fqdn,
    password: passwordOf(fqdn),
    tls: trustOnly,
    local: hosts.map((host) => ({ host, port: 4330 })),
  }, world.host(fqdn, hosts)));
  world.ends(node);
  return node;
}

for (const profile of ["security", "platform"] as const) {
  Deno.test(`${profile}: two nodes of one DC talk directly`, async () => {
    const world = new World(`direct ${profile}`, profile);
    try {
      await world.dc("a");
      await world.as("a");
      const alice = await nodeOf(world, "alice.a.example", ["203.0.113.1"]);
      await nodeOf(world, "bob.a.example", ["203.0.113.2"]);
      assert.ok(await world.simulation.settle(alice.ping("bob.a.example")) < 100);
    } finally {
      await world.stop();
    }
  });

  Deno.test(`${profile}: an IPv4-only and an IPv6-only node talk through an RS`, async () => {
    const world = new World(`relay ${profile}`, profile);
    try {
      const rs = await world.rs("rs1");
      await world.dc("a");
      await world.as("a");
      const alice = await nodeOf(world, "alice.a.example", ["203.0.113.1"]);
      await nodeOf(world, "bob.a.example", ["2001:db8:3::2"]);
      await world.simulation.settle(alice.ping("bob.a.example"));
      assert.equal(rs.paths, 1);
      assert.ok(rs.counters.relayed >= 2, `${rs.counters.relayed} datagrams relayed`);
    } finally {
      await world.stop();
    }
  });

  Deno.test(`${profile}: nodes of two operators talk, directly and through an RS`, async () => {
    const world = new World(`operators ${profile}`, profile);
    try {
      await world.rs("rs2");
      for (const operator of ["a", "b"] as const) {
        await world.dc(operator);
        await world.as(operator);
      }
      const alice = await nodeOf(world, "alice.a.example", ["203.0.113.1"]);
      await nodeOf(world, "bob.b.example", ["203.0.113.2"], HOSTS.asB);
      await nodeOf(world, "carol.b.example", ["2001:db8:3::2"], HOSTS.asB);
      await world.simulation.settle(alice.ping("bob.b.example"));
      await world.simulation.settle(alice.ping("carol.b.example"));
    } finally {
      await world.stop();
    }
  });
}

Deno.test("each server in turn starts anew: nodes go on without logging in again", async () => {
  const world = new World("restarts");
  const folder = await Deno.makeTempDir();
  try {
    const store = (name: string) => ({ store: `${folder}/${name}.db` });
    let rs = await world.rs("rs1", store("rs"));
    let dc = await world.dc("a", store("dc"));
    const as = await world.as("a", store("as"));
    const alice = await nodeOf(world, "alice.a.example", ["203.0.113.1"]);
    const bob = await nodeOf(world, "bob.a.example", ["2001:db8:3::2"]);
    const { ipv4 } = bob.virtual;
    // Nobody can log in any more.
    await world.simulation.settle(as.stop());
    await world.simulation.settle(dc.stop());
    dc = await world.dc("a", store("dc"));
    assert.equal(dc.nodes.registered("bob.a.example")?.ipv4, ipv4);
    await world.simulation.settle(alice.ping("bob.a.example"));
    assert.equal(rs.paths, 1);
    await world.simulation.settle(rs.stop());
    rs = await world.rs("rs1", store("rs"));
    // The tunnel is found dead and built again, under the keys that the RS has kept.
    await world.simulation.advance(200_000);
    await world.simulation.settle(bob.ping("alice.a.example"));
    assert.equal(rs.paths, 1);
  } finally {
    await world.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
