import assert from "node:assert/strict";
import {
  type Cell,
  decidePath,
  NETWORK_KINDS,
  type NetworkKind,
  networkKind,
  PATH_TABLE,
} from "./path_decision.ts";
import type { NodeNetwork } from "./messages/parts.ts";

/** A node of a kind; `nat` is the public address of its NAT, `n` tells nodes apart. */
function node(kind: NetworkKind, n: number, nat = `203.0.113.${n}`): NodeNetwork {
  const at = (host: string, port = 4330) => ({ host, port });
  const global4 = { seen: at(`198.51.100.${n}`), own: [at(`198.51.100.${n}`)] };
  const nat4 = { seen: at(nat, 50_000 + n), own: [at(`10.0.0.${n}`)] };
  const global6 = { seen: at(`2001:db8::${n}`), own: [at(`2001:db8::${n}`)] };
  const nat6 = { seen: at(`2001:db8:f::${n}`), own: [at(`fd00::${n}`)] };
  const networks: Record<NetworkKind, NodeNetwork> = {
    "global-v4": { v4: global4 },
    "nat-v4": { v4: nat4 },
    "v6": { v6: global6 },
    "global-v4-v6": { v4: global4, v6: global6 },
    "nat-v4-v6": { v4: nat4, v6: global6 },
    "nat-v6": { v6: nat6 },
  };
  return networks[kind];
}

// As docs/wire.md has it; written out so that a slip in the code's table shows.
const EXPECTED: Readonly<Record<string, string>> = {
  "global-v4 global-v4": "v4 initiator",
  "global-v4 nat-v4": "v4 responder",
  "global-v4 v6": "relay",
  "global-v4 global-v4-v6": "v4 initiator",
  "global-v4 nat-v4-v6": "v4 responder",
  "nat-v4 global-v4": "v4 initiator",
  "nat-v4 nat-v4": "same-nat",
  "nat-v4 v6": "relay",
  "nat-v4 global-v4-v6": "v4 initiator",
  "nat-v4 nat-v4-v6": "same-nat",
  "v6 global-v4": "relay",
  "v6 nat-v4": "relay",
  "v6 v6": "v6 initiator",
  "v6 global-v4-v6": "v6 initiator",
  "v6 nat-v4-v6": "v6 initiator",
  "global-v4-v6 global-v4": "v4 initiator",
  "global-v4-v6 nat-v4": "v4 responder",
  "global-v4-v6 v6": "v6 initiator",
  "global-v4-v6 global-v4-v6": "v6 initiator",
  "global-v4-v6 nat-v4-v6": "v6 initiator",
  "nat-v4-v6 global-v4": "v4 initiator",
  "nat-v4-v6 nat-v4": "same-nat",
  "nat-v4-v6 v6": "v6 initiator",
  "nat-v4-v6 global-v4-v6": "v6 initiator",
  "nat-v4-v6 nat-v4-v6": "v6 initiator",
};

for (const row of NETWORK_KINDS) {
  for (const [index, column] of NETWORK_KINDS.entries()) {
    const expected = (EXPECTED[`${row} ${column}`] ?? "relay") as Cell;
    Deno.test(`decidePath: ${row} to ${column}: ${expected} (NTM-9, NTM-14)`, () => {
      assert.equal(PATH_TABLE[row][index], expected);
      const initiator = node(row, 1);
      const responder = node(column, 2);
      const path = decidePath(initiator, responder);
      if (expected === "relay" || expected === "same-nat") {
        const families = ({ v4, v6 }: NodeNetwork) => [...(v6 ? [6] : []), ...(v4 ? [4] : [])];
        assert.deepEqual(path, {
          is: "relay",
          families: { initiator: families(initiator), responder: families(responder) },
        });
      } else {
        const [family, starts] = expected.split(" ");
        const seen = ({ v4, v6 }: NodeNetwork) => [(family === "v4" ? v4 : v6)!.seen];
        assert.deepEqual(path, {
          is: "direct",
          family: family === "v4" ? 4 : 6,
          starts,
          endpoints: { initiator: seen(initiator), responder: seen(responder) },
        });
      }
    });

    Deno.test(`decidePath: ${row} to ${column} behind one NAT`, () => {
      const [initiator, responder] = [node(row, 1, "203.0.113.9"), node(column, 2, "203.0.113.9")];
      const path = decidePath(initiator, responder);
      if (expected !== "same-nat") {
        const apart = decidePath(node(row, 1), node(column, 2));
        assert.equal(path.is, apart.is);
        return;
      }
      assert.deepEqual(path, {
        is: "direct",
        family: 4,
        starts: "initiator",
        endpoints: {
          initiator: [{ host: "10.0.0.1", port: 4330 }],
          responder: [{ host: "10.0.0.2", port: 4330 }],
        },
      });
    });
  }
}

Deno.test("decidePath: the end that can be reached never starts towards one that cannot (NTM-9)", () => {
  for (const row of NETWORK_KINDS) {
    for (const column of NETWORK_KINDS) {
      const path = decidePath(node(row, 1), node(column, 2));
      if (path.is !== "direct") continue;
      const waits = path.starts === "initiator" ? node(column, 2) : node(row, 1);
      const access = (path.family === 4 ? waits.v4 : waits.v6)!;
      assert.ok(access.own.some(({ host }) => host === access.seen.host), `${row} ${column}`);
    }
  }
});

Deno.test("networkKind: IPv6 behind a NAT counts only where there is nothing else", () => {
  const { v4 } = node("global-v4", 1);
  const { v6 } = node("nat-v6", 1);
  assert.equal(networkKind({ v4, v6 }), "global-v4");
  assert.equal(networkKind({ v6 }), "nat-v6");
});
