import assert from "node:assert/strict";
import type { PathDecision } from "../../core/ntm/path_decision.ts";
import { Simulation } from "../../core/runtime/simulated.ts";
import { makeKeying } from "./keying.ts";

const random = new Simulation({ seed: "keying" }).random("keys");
const direct: PathDecision = {
  ...{ is: "direct", family: 4, starts: "responder" },
  endpoints: { initiator: [], responder: [] },
};
const relay: PathDecision = { is: "relay", families: { initiator: [4], responder: [6] } };

Deno.test("makeKeying, security: the end that asked makes Kmncn; the RS gets Ktun, never Ktmp (NTM-22, NTM-24)", () => {
  for (const decision of [direct, relay]) {
    const { ends: { initiator, responder }, relay } = makeKeying("security", decision, random);
    assert.deepEqual([initiator.makesKey, responder.makesKey], [true, false]);
    assert.deepEqual(initiator.temporaryKey, responder.temporaryKey);
    assert.deepEqual(initiator.tunnelKey, responder.tunnelKey);
    assert.deepEqual(relay, { tunnelKey: initiator.tunnelKey });
    assert.notDeepEqual(initiator.temporaryKey, initiator.tunnelKey);
  }
});

Deno.test("makeKeying, platform, direct: the end that starts makes the key, there is no Ktun (NTM-34)", () => {
  const { ends: { initiator, responder }, relay } = makeKeying("platform", direct, random);
  assert.deepEqual([initiator.starts, initiator.makesKey], [false, false]);
  assert.deepEqual([responder.starts, responder.makesKey], [true, true]);
  assert.deepEqual([initiator.tunnelKey, responder.tunnelKey, relay], [undefined, undefined, {}]);
});

Deno.test("makeKeying, platform, relayed: an RS key for each node, the one that asked makes the key (NTM-35)", () => {
  const { ends: { initiator, responder }, ...rest } = makeKeying("platform", relay, random);
  assert.deepEqual([initiator.makesKey, responder.makesKey], [true, false]);
  assert.notDeepEqual(initiator.tunnelKey, responder.tunnelKey);
  const { initiatorKey, responderKey, tunnelKey } = rest.relay;
  assert.deepEqual([initiatorKey, responderKey], [initiator.tunnelKey, responder.tunnelKey]);
  assert.equal(tunnelKey, undefined);
});
