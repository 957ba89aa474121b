import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Account, Registration } from "./store.ts";
import { openStore, StoreError } from "./mod.ts";

const account: Account = {
  name: "sip:user-a@abc.test",
  realm: "abc.test",
  ha1Sha256: "00".repeat(32),
  created: 1,
};

function registration(contact: string, expires = 1000): Registration {
  return {
    name: "sip:user-a@abc.test",
    contact,
    q: 1000,
    callId: "c",
    cseq: 1,
    expires,
    kind: "tls",
    local: { host: "2001:6789::5060", port: 5061 },
    remote: { host: "2001:1234::10", port: 40000 },
  };
}

async function inFolder(work: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/store.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openStore keeps accounts, registrations and secrets across a reopening", () =>
  inFolder(async (file) => {
    const first = await openStore({ file });
    await first.addAccount(account);
    await first.change({
      put: [registration("sip:a@10.0.0.1"), registration("sip:b@10.0.0.1")],
      remove: [],
    });
    await first.change({ put: [], remove: [{ name: account.name, contact: "sip:b@10.0.0.1" }] });
    const made = await first.secret("key", () => new Uint8Array([1, 2, 3]));
    await first.close();
    const second = await openStore({ file });
    assert.deepEqual(await second.accounts(), [account]);
    assert.deepEqual(await second.registrations(), [registration("sip:a@10.0.0.1")]);
    assert.deepEqual(await second.secret("key", () => new Uint8Array([9])), made);
    await second.close();
  }));

Deno.test("openStore makes files that only their owner can read, the log beside it as well", () =>
  inFolder(async (file) => {
    const store = await openStore({ file });
    await store.addAccount(account);
    for (const name of [file, `${file}-wal`]) {
      assert.equal(((await Deno.stat(name)).mode ?? 0) & 0o777, 0o600, name);
    }
    await store.close();
  }));

Deno.test("change: what comes together is one transaction, and all of it is there when it resolves", () =>
  inFolder(async (file) => {
    let flush = () => {};
    let flushes = 0;
    const store = await openStore({
      file,
      soon: (fire) => {
        flushes++;
        flush = fire;
      },
    });
    const changes = Array.from(
      { length: 50 },
      (_, n) => store.change({ put: [registration(`sip:a@10.0.0.${n}`)], remove: [] }),
    );
    const reader = new DatabaseSync(file, { readOnly: true });
    const count = () => reader.prepare("select count(*) as n from registrations").get()?.n;
    assert.equal(count(), 0);
    flush();
    await changes[0];
    assert.equal(flushes, 1);
    assert.equal(count(), 50);
    await Promise.all(changes);
    reader.close();
    await store.close();
  }));

Deno.test("change: a failure rejects each of the changes and keeps none of them", () =>
  inFolder(async (file) => {
    const store = await openStore({ file });
    const wrong = { ...registration("sip:x@h"), callId: null as unknown as string };
    const results = await Promise.allSettled([
      store.change({ put: [registration("sip:good@h")], remove: [] }),
      store.change({ put: [wrong], remove: [] }),
    ]);
    assert.deepEqual(results.map((result) => result.status), ["rejected", "rejected"]);
    assert.deepEqual(await store.registrations(), []);
    await store.change({ put: [registration("sip:good@h")], remove: [] });
    assert.equal((await store.registrations()).length, 1);
    await store.close();
  }));

Deno.test("close: what was queued is kept; after it everything is refused as closed", () =>
  inFolder(async (file) => {
    const store = await openStore({ file, soon: () => {} });
    const kept = store.change({ put: [registration("sip:a@h")], remove: [] });
    await store.close();
    await kept;
    await assert.rejects(store.accounts(), { code: "closed" });
    await assert.rejects(store.change({ put: [], remove: [] }), { code: "closed" });
    const again = await openStore({ file });
    assert.equal((await again.registrations()).length, 1);
    await again.close();
  }));

Deno.test("addAccount refuses a second account of one name unless told to replace it", () =>
  inFolder(async (file) => {
    const store = await openStore({ file });
    await store.addAccount(account);
    await assert.rejects(store.addAccount(account), { code: "exists" });
    await store.addAccount({ ...account, ha1Sha256: "ff".repeat(32) }, { replace: true });
    assert.equal((await store.accounts())[0]?.ha1Sha256, "ff".repeat(32));
    await store.close();
  }));

Deno.test("removeAccount takes the account's registrations with it", () =>
  inFolder(async (file) => {
    const store = await openStore({ file });
    await store.addAccount(account);
    await store.change({ put: [registration("sip:a@h")], remove: [] });
    assert.equal(await store.removeAccount(account.name), true);
    assert.deepEqual(await store.registrations(), []);
    assert.equal(await store.removeAccount(account.name), false);
    await store.close();
  }));

Deno.test("changedElsewhere tells another connection's write, once, and not one's own", () =>
  inFolder(async (file) => {
    const one = await openStore({ file });
    const other = await openStore({ file });
    await one.addAccount(account);
    assert.equal(await one.changedElsewhere(), false);
    assert.equal(await other.changedElsewhere(), true);
    assert.equal(await other.changedElsewhere(), false);
    await one.close();
    await other.close();
  }));

Deno.test("openStore says what is wrong: no folder, a folder, no database, another's, a newer one", () =>
  inFolder(async (file) => {
    const folder = file.replace("/store.db", "");
    const failsWith = (name: string, code: string, text: RegExp, create = true) =>
      assert.rejects(openStore({ file: name, create }), (error: unknown) => {
        assert.ok(error instanceof StoreError);
        assert.equal(error.code, code);
        assert.match(error.message, text);
        return true;
      });
    await failsWith(`${folder}/none/store.db`, "unreadable", /no such file or folder/);
    await failsWith(`${folder}/none.db`, "unreadable", /no such file or folder/, false);
    await failsWith(folder, "unreadable", /a folder/);
    await Deno.writeTextFile(`${folder}/text.db`, "this is no database at all ".repeat(100));
    await failsWith(`${folder}/text.db`, "corrupt", /not a SQLite database/);
    const foreign = new DatabaseSync(`${folder}/foreign.db`);
    foreign.exec("create table t (x)");
    foreign.close();
    await failsWith(`${folder}/foreign.db`, "corrupt", /not one of ntm's/);
    await (await openStore({ file })).close();
    const newer = new DatabaseSync(file);
    newer.exec("pragma user_version = 99");
    newer.close();
    await failsWith(file, "version", /newer ntm \(schema 99/);
  }));

Deno.test("openStore and change say that the store is locked by another process", () =>
  inFolder(async (file) => {
    const store = await openStore({ file, busyMilliseconds: 1 });
    const other = new DatabaseSync(file);
    other.exec("begin immediate");
    await assert.rejects(store.change({ put: [registration("sip:a@h")], remove: [] }), {
      code: "locked",
    });
    other.exec("rollback");
    other.close();
    await store.change({ put: [registration("sip:a@h")], remove: [] });
    await store.close();
  }));

Deno.test("openStore refuses a file with damaged pages", () =>
  inFolder(async (file) => {
    const store = await openStore({ file });
    await store.addAccount(account);
    for (let n = 0; n < 200; n++) {
      await store.change({ put: [registration(`sip:${"x".repeat(200)}${n}@h`)], remove: [] });
    }
    await store.close();
    const bytes = await Deno.readFile(file);
    bytes.fill(0xaa, 4096 * 3, 4096 * 6);
    await Deno.writeFile(file, bytes);
    await assert.rejects(openStore({ file }), { code: "corrupt" });
  }));
