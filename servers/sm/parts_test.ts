import assert from "node:assert/strict";
import { makeRequest, makeResponse } from "../../core/sip/build.ts";
import { accountName, makeAccount } from "./accounts.ts";
import { chooseResponse } from "./best_response.ts";
import { certificateNames } from "./identity.ts";
import { screen } from "./screening.ts";

const request = (uri: string, headers: readonly (readonly [string, string])[] = []) =>
  makeRequest({
    method: "MESSAGE",
    uri,
    from: "<sip:a@abc.test>;tag=1",
    to: `<${uri}>`,
    callId: "c",
    cseq: 1,
    via: ["SIP/2.0/TLS 10.0.1.1;branch=z9hG4bK1"],
    headers,
  });

Deno.test("chooseResponse: 6xx, then 502, then what can be acted on, then the lowest class (§16.7)", () => {
  const best = (...statuses: number[]) =>
    chooseResponse(statuses.map((status) => makeResponse(request("sip:b@abc.test"), status)))
      .status;
  assert.equal(best(404, 603, 401), 603);
  assert.equal(best(486, 502), 502);
  assert.equal(best(404, 401, 301), 401);
  assert.equal(best(500, 404, 302), 302);
  assert.equal(best(503), 500);
});

Deno.test("chooseResponse: challenges of all branches go along", () => {
  const challenged = (nonce: string) =>
    makeResponse(request("sip:b@abc.test"), 401, undefined, {
      headers: [["WWW-Authenticate", `Digest realm="r", nonce="${nonce}"`]],
    });
  const best = chooseResponse([challenged("1"), challenged("2")]);
  assert.equal(best.headers.count("WWW-Authenticate"), 2);
});

Deno.test("certificateNames: names of our domain, domains of neighbours, and nothing else", () => {
  const of = (uris: string[], dns: string[] = []) =>
    certificateNames({ uris, dns, fingerprint: "" }, "abc.test", new Set(["xyz.test"]));
  assert.deepEqual(of(["sip:user-a@ABC.test", "sips:user-b@abc.test"]).terminals, [
    "sip:user-a@abc.test",
    "sip:user-b@abc.test",
  ]);
  assert.deepEqual(of(["sip:user-a@xyz.test", "mailto:user-a@abc.test", "sip:u@abc.test:5061"]), {
    ...{ terminals: [], servers: [] },
  });
  assert.deepEqual(of(["sip:xyz.test"]).servers, ["xyz.test"]);
  assert.deepEqual(of([], ["xyz.test", "www.xyz.test"]).servers, ["xyz.test"]);
  assert.deepEqual(of(["sip:other.test"], ["xyz.test"]).servers, [], "RFC 5922 §7.1");
});

Deno.test("screen: the checks of RFC 3261 §16.3, in their order", () => {
  const status = (uri: string, ...headers: [string, string][]) => {
    const result = screen(request(uri, headers), { isOwnSentBy: (by) => by === "10.0.0.1:5061" });
    return result.ok ? 200 : result.refusal.status;
  };
  assert.equal(status("sip:b@abc.test"), 200);
  assert.equal(status("tel:+81312345678"), 416);
  assert.equal(status("sip:b@abc.test", ["Proxy-Require", "x"]), 420);
  assert.equal(status("sip:b@abc.test", ["Via", "SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK2"]), 482);
  assert.equal(status("sip:b@abc.test", ["Via", "SIP/2.0/TLS 10.0.0.1:5062;branch=z9hG4bK2"]), 200);
});

Deno.test("accountName: a user or a name of the domain, nothing else", () => {
  assert.equal(accountName("user-a", "abc.test"), "sip:user-a@abc.test");
  assert.equal(accountName("sip:user-a@ABC.test", "abc.test"), "sip:user-a@abc.test");
  for (const wrong of ["sip:user-a@xyz.test", "a b", "", "@abc.test", "a@b@abc.test"]) {
    assert.equal(accountName(wrong, "abc.test"), undefined, wrong);
  }
});

Deno.test("makeAccount keeps the hash and not the password, MD5 only when asked", () => {
  const account = makeAccount("sip:user-a@abc.test", "a password", { created: 1 });
  assert.doesNotMatch(JSON.stringify(account), /password/);
  assert.match(account.ha1Sha256, /^[0-9a-f]{64}$/);
  assert.equal(account.ha1Md5, undefined);
  assert.match(
    makeAccount("sip:a@b", "p", { created: 1, md5: true }).ha1Md5 ?? "",
    /^[0-9a-f]{32}$/,
  );
});
