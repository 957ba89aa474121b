import assert from "node:assert/strict";
import { type AssociationRecord, openNtmStore, StoreError } from "./mod.ts";

const account = { fqdn: "alice.a.example", mail: "alice@a.example", password: "$x", created: 1 };
const association: AssociationRecord = {
  ...{ id: 0xc0ffee000001, label: "kmndc", own: "responder", peer: "node:alice.a.example" },
  ...{ suite: "aes-256-gcm", secret: new Uint8Array(32).fill(7), created: 1, expires: 2 },
  reserved: 2 ** 20,
};

Deno.test("openNtmStore keeps accounts, nodes and keys across a reopening, readable by its owner only", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/ntm.db`;
  try {
    const first = await openNtmStore({ file });
    await first.addAccount(account);
    const node = { fqdn: "alice.a.example", ipv4: "198.18.0.1", ipv6: "fd4e:544d::1" };
    const own = [{ host: "192.0.2.1", port: 4330 }];
    const registered = {
      ...node,
      registration: { own, application: "ntm", suites: ["aes-256-gcm" as const] },
    };
    await first.putNode(node);
    await first.putNode(registered);
    await first.putAssociation(association);
    await first.putAssociation({ ...association, id: 2 });
    await first.removeAssociation(2);
    await first.close();
    const second = await openNtmStore({ file });
    assert.deepEqual({ ...await second.account({ mail: account.mail }) }, account);
    assert.deepEqual(await second.account({ fqdn: "bob.a.example" }), undefined);
    assert.deepEqual(await second.nodes(), [registered]);
    assert.deepEqual(await second.associations(), [association]);
    await second.close();
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("addAccount refuses a second account of a name or mail address unless told to replace it", async () => {
  const store = await openNtmStore({ file: ":memory:" });
  await store.addAccount(account);
  for (const other of [{ ...account, mail: "x@a.example" }, { ...account, fqdn: "x.a.example" }]) {
    await assert.rejects(
      store.addAccount(other),
      (error) => error instanceof StoreError && error.code === "exists",
    );
  }
  await store.addAccount({ ...account, password: "$y" }, { replace: true });
  assert.equal((await store.account({ fqdn: account.fqdn }))?.password, "$y");
  assert.equal((await store.accounts()).length, 1);
  await store.close();
});
