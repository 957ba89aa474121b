import assert from "node:assert/strict";
import fc from "fast-check";
import type { SecurityLevel } from "../net/channel.ts";
import { parseRouteSecurity, routeSecurity } from "./route_security.ts";
import {
  checkRequest,
  checkResponse,
  judgeChain,
  linksOf,
  prependOwn,
  ROUTE_SECURITY_CAUSES as CAUSE,
} from "./route_security_check.ts";
import { testChannel, testRequest, testResponse } from "./testing.ts";

const PEER = "192.0.2.10";
const request = (...values: string[]) =>
  testRequest(
    "INVITE sip:user-b@abc.test SIP/2.0",
    ...values.map((value) => `Route-Security: ${value}`),
  );
const response = (...values: string[]) =>
  testResponse(200, "INVITE", ...values.map((value) => `Route-Security: ${value}`));
const values = (...texts: string[]) => parseRouteSecurity(request(...texts).headers);

/** Verdict and cause in one text. */
function outcome(verdict: { verdict: string; cause?: string }): string {
  return verdict.cause === undefined ? verdict.verdict : `${verdict.verdict}: ${verdict.cause}`;
}

Deno.test("checkRequest passes the neighbour's address with the link's level or none (SM-10, SM-11)", () => {
  for (const level of [0, 1, 2, 3] as const) {
    const channel = testChannel({ level, remote: PEER });
    for (const mismatch of ["refuse", "mark"] as const) {
      const check = (text: string) => checkRequest(request(text), channel, { mismatch }).verdict;
      assert.equal(check(`[${PEER}];level=${level}`), "pass");
      assert.equal(check(`[${PEER}]`), "pass");
      assert.equal(check(`${PEER};level=${level};x="a,b", [198.51.100.1];level=0`), "pass");
    }
  }
});

Deno.test("checkRequest refuses each mismatch with its cause under `refuse` (SM-10 to SM-12)", () => {
  const channel = testChannel({ level: 2, remote: PEER });
  const cases: [string[], string][] = [
    [[], CAUSE.missing],
    [["[192.0.2.11];level=2"], CAUSE.address],
    [["[::ffff:192.0.2.10];level=2"], CAUSE.address],
    [["[2001:db8::10];level=2"], CAUSE.address],
    [["[192.0.2.11];level=2", `[${PEER}];level=2`], CAUSE.address],
    [[`[${PEER}];level=1`], CAUSE.level],
    [[`[${PEER}];level=3`], CAUSE.level],
    [[`[${PEER}];level=4`], CAUSE.level],
    [[`[${PEER}];level`], CAUSE.level],
  ];
  for (const [texts, cause] of cases) {
    const verdict = checkRequest(request(...texts), channel, { mismatch: "refuse" });
    assert.equal(outcome(verdict), `refuse: ${cause}`, texts.join());
    assert(verdict.verdict === "refuse" && verdict.status === 403);
  }
});

Deno.test("checkRequest marks each mismatch with the previous node's address under `mark` (SM-12)", () => {
  const channel = testChannel({ level: 3, remote: "2001:db8::10" });
  for (const texts of [[], ["[2001:db8::11];level=3"], ["[2001:db8::10];level=1"]]) {
    const verdict = checkRequest(request(...texts), channel, { mismatch: "mark" });
    assert(verdict.verdict === "mark", texts.join());
    assert.equal(verdict.value.raw, "[2001:db8::10]");
    assert(verdict.fault !== undefined);
  }
});

Deno.test("checkRequest marks a request without header on a link of level 0, without fault (SM-8, SM-24)", () => {
  const channel = testChannel({ kind: "udp", level: 0, remote: PEER });
  const verdict = checkRequest(request(), channel, { mismatch: "refuse" });
  assert(verdict.verdict === "mark");
  assert.equal(verdict.value.raw, `[${PEER}]`);
  assert.equal(verdict.fault, undefined);
});

Deno.test("checkRequest does not believe a level claimed on a link of level 0", () => {
  const channel = testChannel({ kind: "udp", level: 0, remote: PEER });
  const verdict = checkRequest(request(`[${PEER}];level=3`), channel, { mismatch: "refuse" });
  assert.equal(outcome(verdict), `refuse: ${CAUSE.level}`);
});

Deno.test("checkRequest refuses links below the minimum level whatever the header and policy", () => {
  const minimumLevel = 3;
  for (const mismatch of ["refuse", "mark"] as const) {
    for (const level of [0, 1, 2] as const) {
      for (const texts of [[], [`[${PEER}];level=${level}`], [`[${PEER}];level=3`]]) {
        const channel = testChannel({ level, remote: PEER });
        const verdict = checkRequest(request(...texts), channel, { mismatch, minimumLevel });
        assert.equal(outcome(verdict), `refuse: ${CAUSE.minimum}`);
      }
    }
    const good = testChannel({ level: 3, remote: PEER });
    const settings = { mismatch, minimumLevel } as const;
    assert.equal(checkRequest(request(`[${PEER}];level=3`), good, settings).verdict, "pass");
  }
});

Deno.test("checkRequest refuses an unreadable header with 400 under both policies", () => {
  const channel = testChannel({ level: 3, remote: PEER });
  for (const mismatch of ["refuse", "mark"] as const) {
    for (const text of ["", "abc.test", `[${PEER}];level=3,`, `[${PEER}];level=3, [x]`]) {
      const verdict = checkRequest(request(text), channel, { mismatch });
      assert.equal(outcome(verdict), `refuse: ${CAUSE.malformed}`, text);
      assert(verdict.verdict === "refuse" && verdict.status === 400);
    }
  }
});

Deno.test("checkRequest holds the limit on values", () => {
  const channel = testChannel({ level: 3, remote: PEER });
  const limits = { values: 2, parameters: 4 };
  const check = (count: number) =>
    checkRequest(request(...new Array(count).fill(`[${PEER}];level=3`)), channel, {
      ...{ mismatch: "refuse", limits },
    }).verdict;
  assert.equal(check(2), "pass");
  assert.equal(check(3), "refuse");
});

Deno.test("prependOwn puts our address and the link's level in front, from `addFrom` on (SM-7 to SM-9)", () => {
  for (const level of [0, 1, 2, 3] as const) {
    for (const addFrom of [0, 1, 2, 3] as const) {
      const channel = testChannel({ level, local: "2001:db8::1" });
      const message = request("[192.0.2.10];level=3");
      const own = prependOwn(message, channel, { addFrom });
      const expected = [`[2001:db8::1];level=${level}`, "[192.0.2.10];level=3"];
      assert.equal(own?.raw, level >= addFrom ? expected[0] : undefined);
      assert.deepEqual(
        message.headers.list("Route-Security"),
        level >= addFrom ? expected : expected.slice(1),
      );
    }
  }
});

Deno.test("checkResponse passes what came back unchanged, split or joined (SM-14, SM-15)", () => {
  const sent = values("[192.0.2.1];level=3", "[192.0.2.10];level=3;x=1");
  const own = sent[0];
  for (const mode of ["chain", "neighbour"] as const) {
    const check = (last: boolean, ...texts: string[]) =>
      outcome(checkResponse(response(...texts), sent, own, { mode, last }));
    assert.equal(check(true, "[192.0.2.1];level=3", "[192.0.2.10];level=3;x=1"), "pass");
    assert.equal(check(true, "[192.0.2.1] ;level=3, [192.0.2.10];level=3;x=1"), "pass");
    assert.equal(
      check(false, "[198.51.100.1];level=3, [192.0.2.1];level=3, [192.0.2.10];level=3;x=1"),
      "pass",
    );
  }
});

Deno.test("checkResponse names each change on the way back, and what `neighbour` lets pass (SM-26)", () => {
  const sent = values("[192.0.2.1];level=3, [192.0.2.20];level=3, [192.0.2.10];level=3");
  const cases: { texts: string; last?: boolean; chain: string; neighbour: string }[] = [
    { texts: "", chain: CAUSE.malformed, neighbour: CAUSE.malformed },
    { texts: "[192.0.2.1];level=3", chain: CAUSE.removed, neighbour: CAUSE.removed },
    {
      texts: "[192.0.2.1];level=3, [192.0.2.10];level=3, [192.0.2.20];level=3", // reordered
      chain: CAUSE.changed,
      neighbour: "pass",
    },
    {
      texts: "[192.0.2.1];level=3, [192.0.2.20];level=1, [192.0.2.10];level=3", // altered
      chain: CAUSE.changed,
      neighbour: "pass",
    },
    {
      texts: "[192.0.2.9];level=3, [192.0.2.20];level=3, [192.0.2.10];level=3",
      chain: CAUSE.own,
      neighbour: CAUSE.own,
    },
    {
      texts: "[192.0.2.1];level=2, [192.0.2.20];level=3, [192.0.2.10];level=3",
      chain: CAUSE.own,
      neighbour: CAUSE.own,
    },
    {
      texts: "[192.0.2.7], [192.0.2.1];level=3, [192.0.2.20];level=3, [192.0.2.10];level=3",
      last: true, // added in front of the last server's own
      chain: CAUSE.added,
      neighbour: CAUSE.added,
    },
    {
      texts: "[192.0.2.1];level=3, [192.0.2.20];level=3, [192.0.2.10];level=3, [192.0.2.7]",
      last: false, // added behind: everything is one place too far to the front
      chain: CAUSE.own,
      neighbour: CAUSE.own,
    },
  ];
  for (const { texts, last = true, ...expected } of cases) {
    for (const mode of ["chain", "neighbour"] as const) {
      const verdict = checkResponse(response(texts), sent, sent[0], { mode, last });
      const cause = verdict.verdict === "mismatch" ? verdict.cause : "pass";
      assert.equal(cause, expected[mode], `${mode}: ${texts}`);
    }
  }
});

Deno.test("checkResponse without an own value (insecure outgoing link) still compares the rest", () => {
  const sent = values("[192.0.2.10];level=3");
  const check = (mode: "chain" | "neighbour", ...texts: string[]) =>
    outcome(checkResponse(response(...texts), sent, undefined, { mode, last: true }));
  assert.equal(check("chain", "[192.0.2.10];level=3"), "pass");
  assert.equal(check("chain", "[192.0.2.10];level=0"), `mismatch: ${CAUSE.changed}`);
  assert.equal(check("neighbour", "[192.0.2.10];level=0"), "pass");
  assert.equal(check("chain"), `mismatch: ${CAUSE.removed}`);
  const nothing = checkResponse(response(), [], undefined, { mode: "chain", last: true });
  assert.equal(nothing.verdict, "pass");
});

/** A request as the callee of the worked example gets it: three links, three Via. */
function arrived(...texts: string[]) {
  const message = request(...texts);
  for (const hop of ["b", "a"]) {
    message.headers.prepend("Via", `SIP/2.0/TLS ${hop}.test;branch=z9hG4bK${hop}`);
  }
  return message;
}

Deno.test("judgeChain as callee: the newest fits the channel, each link has a value of the minimum (SM-13)", () => {
  const channel = testChannel({ remote: "2001:abcd::5060", level: 3 });
  const newest = "[2001:abcd::5060];level=3";
  const [second, third] = ["[2001:6789::5060];level=3", "[2001:1234::10];level=3"];
  const cases: [string[], string, string][] = [
    [[newest, second, third], "pass", "pass"],
    [[newest, second], CAUSE.gap, "pass"],
    [[newest, "[2001:6789::5060]", third], CAUSE.weak, "pass"],
    [[newest, "[2001:6789::5060];level=2", third], CAUSE.weak, "pass"],
    [[newest, "[2001:6789::5060];level=9", third], CAUSE.weak, "pass"],
    [["[2001:abcd::5060]", second, third], CAUSE.weak, "pass"],
    [[second, newest, third], CAUSE.address, CAUSE.address],
    [["[2001:abcd::5060];level=2", second, third], CAUSE.level, CAUSE.level],
    [[], CAUSE.missing, CAUSE.missing],
    [[newest, "x", third], CAUSE.malformed, CAUSE.malformed],
  ];
  for (const [texts, chain, neighbour] of cases) {
    for (const [mode, expected] of [["chain", chain], ["neighbour", neighbour]] as const) {
      const settings = { minimumLevel: 3, mode, side: "callee" } as const;
      const verdict = judgeChain(arrived(...texts), channel, settings);
      const cause = verdict.verdict === "mismatch" ? verdict.cause : "pass";
      assert.equal(cause, expected, `${mode}: ${texts.join()}`);
    }
  }
});

Deno.test("judgeChain as caller: our own value comes last, the rest is judged alike (SM-15, SM-16)", () => {
  const channel = testChannel({ local: "2001:1234::10", level: 3 });
  const own = "[2001:1234::10];level=3";
  const other = "[2001:6789::5060];level=3";
  const cases: [string[], string, string][] = [
    [[other, own], "pass", "pass"],
    [[own, other], CAUSE.own, CAUSE.own],
    [[other], CAUSE.own, CAUSE.own],
    [[], CAUSE.own, CAUSE.own],
    [[other, "[2001:1234::10];level=2"], CAUSE.own, CAUSE.own],
    [[own], CAUSE.gap, "pass"],
    [["[2001:6789::5060]", own], CAUSE.weak, "pass"],
    [[other, "[2001:1234::10]"], CAUSE.weak, "pass"],
  ];
  for (const [texts, chain, neighbour] of cases) {
    for (const [mode, expected] of [["chain", chain], ["neighbour", neighbour]] as const) {
      const message = response(...texts);
      message.headers.append("Record-Route", "<sip:a.test;lr>");
      const settings = { minimumLevel: 3, mode, side: "caller" } as const;
      const verdict = judgeChain(message, channel, settings);
      const cause = verdict.verdict === "mismatch" ? verdict.cause : "pass";
      assert.equal(cause, expected, `${mode}: ${texts.join()}`);
    }
  }
});

Deno.test("judgeChain: an end that asks for a level has it on its own link, in both modes", () => {
  const channel = testChannel({ kind: "tcp", level: 0, remote: PEER, local: PEER });
  for (const mode of ["chain", "neighbour"] as const) {
    for (const side of ["callee", "caller"] as const) {
      const settings = { minimumLevel: 1, mode, side } as const;
      const verdict = judgeChain(request(`[${PEER}];level=0`), channel, settings);
      assert.equal(outcome(verdict), `mismatch: ${CAUSE.minimum}`);
    }
  }
});

Deno.test("judgeChain with minimum 0 takes gaps and plain links, and still no lie", () => {
  const plain = testChannel({ kind: "udp", level: 0, remote: PEER, local: PEER });
  const judge = (side: "callee" | "caller", ...texts: string[]) =>
    judgeChain(arrived(...texts), plain, { minimumLevel: 0, mode: "chain", side }).verdict;
  assert.equal(judge("callee"), "pass");
  assert.equal(judge("callee", "[192.0.2.99]"), "pass");
  assert.equal(judge("callee", `[${PEER}];level=0`), "pass");
  assert.equal(judge("callee", `[${PEER}];level=3`), "mismatch");
  assert.equal(judge("caller"), "pass");
  assert.equal(judge("caller", "[192.0.2.99], [192.0.2.10]"), "pass");
  assert.equal(judge("caller", "[192.0.2.10], [192.0.2.99]"), "mismatch");
  const secure = testChannel({ level: 3, remote: PEER });
  const settings = { minimumLevel: 0, mode: "chain", side: "callee" } as const;
  assert.equal(judgeChain(arrived(), secure, settings).verdict, "mismatch");
  assert.equal(judgeChain(arrived("[192.0.2.99];level=3"), secure, settings).verdict, "mismatch");
});

Deno.test("judgeChain takes the number of links it is told instead of counting", () => {
  const channel = testChannel({ remote: PEER, level: 3 });
  const judge = (links?: number) =>
    judgeChain(request(`[${PEER}];level=3`), channel, {
      ...{ minimumLevel: 3, mode: "chain", side: "callee" },
      ...(links === undefined ? {} : { links }),
    }).verdict;
  assert.equal(judge(), "pass");
  assert.equal(judge(2), "mismatch");
});

Deno.test("linksOf counts Via of a request, and Record-Route and one more of a response", () => {
  assert.equal(linksOf(arrived()), 3);
  const answer = response();
  assert.equal(linksOf(answer), 1);
  answer.headers.append("Record-Route", "<sip:b.test;lr>, <sip:a.test;lr>");
  assert.equal(linksOf(answer), 3);
});

Deno.test("a chain of any length built by prependOwn passes every check, and no check once changed", () => {
  const hop = fc.record({ level: fc.constantFrom<SecurityLevel>(1, 2, 3), host: fc.nat(250) });
  fc.assert(fc.property(fc.array(hop, { minLength: 1, maxLength: 8 }), fc.nat(7), (hops, pick) => {
    const message = request();
    const snapshots: { sent: ReturnType<typeof values>; own: ReturnType<typeof prependOwn> }[] = [];
    for (const { level, host } of hops) {
      const own = prependOwn(message, testChannel({ level, local: `192.0.2.${host}` }), {
        addFrom: 1,
      });
      snapshots.push({ sent: parseRouteSecurity(message.headers), own });
      const receiver = testChannel({ level, remote: `192.0.2.${host}` });
      assert.equal(checkRequest(message, receiver, { mismatch: "refuse" }).verdict, "pass");
    }
    const back = message.headers.list("Route-Security");
    for (const [index, { sent, own }] of snapshots.entries()) {
      const settings = { mode: "chain", last: index === snapshots.length - 1 } as const;
      assert.equal(checkResponse(response(...back), sent, own, settings).verdict, "pass");
    }
    const at = pick % back.length;
    const changed = back.with(at, routeSecurity("203.0.113.1", 3).raw);
    const { sent, own } = snapshots[snapshots.length - 1]!;
    const settings = { mode: "chain", last: true } as const;
    assert.equal(checkResponse(response(...changed), sent, own, settings).verdict, "mismatch");
  }));
});
