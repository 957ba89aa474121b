import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { inDirectory, ntm } from "./testing/ntm.ts";

async function made(directory: string, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await ntm(["ca", ...args], { cwd: directory });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "", "talk goes to stderr");
}

const read = (directory: string, file: string) => Deno.readTextFile(`${directory}/${file}`);

Deno.test(
  "ntm ca: a server's certificate names its domain and addresses, a terminal's its name",
  inDirectory(async (directory) => {
    await made(directory, "init", "--out", "ca", "--name", "our network");
    await made(
      directory,
      ...["issue", "--ca", "ca", "--server", "ABC.test", "--ip", "127.0.0.1", "--ip", "::1"],
      ...["--out", "certificates/abc"],
    );
    await made(
      directory,
      ...["issue", "--ca", "ca", "--terminal", "sip:user-a@abc.test", "--out", "user-a"],
    );
    const authority = new X509Certificate(await read(directory, "ca/ca.pem"));
    const server = new X509Certificate(await read(directory, "certificates/abc.pem"));
    const terminal = new X509Certificate(await read(directory, "user-a.pem"));
    assert.equal(authority.ca, true);
    assert.match(
      server.subjectAltName!,
      /^URI:sip:abc\.test, DNS:abc\.test, IP Address:127\.0\.0\.1, IP Address:(0:){7}1$|::1$/,
    );
    assert.equal(terminal.subjectAltName, "URI:sip:user-a@abc.test");
    for (const leaf of [server, terminal]) {
      assert.equal(leaf.ca, false);
      assert.equal(leaf.verify(authority.publicKey), true);
    }
    for (const key of ["ca/ca.key.pem", "certificates/abc.key.pem", "user-a.key.pem"]) {
      assert.equal((await Deno.stat(`${directory}/${key}`)).mode! & 0o777, 0o600, key);
    }
  }),
);

Deno.test(
  "ntm ca: files that are there stay as they are, unless --force is given",
  inDirectory(async (directory) => {
    await made(directory, "init", "--out", "ca");
    const before = await read(directory, "ca/ca.key.pem");
    const { code, stderr } = await ntm(["ca", "init", "--out", "ca"], { cwd: directory });
    assert.equal(code, 2);
    assert.equal(stderr, "ntm: ca/ca.pem is there already; --force replaces it\n");
    assert.equal(await read(directory, "ca/ca.key.pem"), before);
    await made(directory, "init", "--out", "ca", "--force");
    assert.notEqual(await read(directory, "ca/ca.key.pem"), before);
    assert.equal((await Deno.stat(`${directory}/ca/ca.key.pem`)).mode! & 0o777, 0o600);
  }),
);

Deno.test(
  "ntm ca show: names, validity and fingerprint, for people and as JSON",
  inDirectory(async (directory) => {
    await made(directory, "init", "--out", "ca", "--name", "our network");
    const human = await ntm(["ca", "show", "ca/ca.pem"], { cwd: directory });
    assert.equal(human.code, 0);
    assert.match(human.stdout, /^subject {6}CN=our network$/m);
    assert.match(human.stdout, /^authority {4}yes$/m);
    const { code, stdout } = await ntm(["ca", "show", "--json", "ca/ca.pem"], { cwd: directory });
    assert.equal(code, 0);
    const [view, ...more] = JSON.parse(stdout);
    assert.equal(more.length, 0);
    const certificate = new X509Certificate(await read(directory, "ca/ca.pem"));
    assert.equal(view.fingerprint, certificate.fingerprint256.replaceAll(":", "").toLowerCase());
    assert.equal(view.authority, true);
    assert.ok(Date.parse(view.notAfter) > Date.now());
  }),
);

const mistakes: Record<string, { args: string[]; says: RegExp }> = {
  "a file that is not there": {
    args: ["show", "nothing.pem"],
    says: /cannot read certificate nothing\.pem: there is no such file/,
  },
  "a file that is no certificate": {
    args: ["show", "text.txt"],
    says: /text\.txt holds no certificate: expected .*BEGIN CERTIFICATE/,
  },
  "no authority": {
    args: ["issue", "--ca", "nowhere", "--server", "abc.test", "--out", "x"],
    says: /cannot read authority's certificate nowhere\/ca\.pem/,
  },
  "neither server nor terminal": {
    args: ["issue", "--ca", "ca", "--out", "x"],
    says: /give one of --server DOMAIN, --terminal NAME and --role ROLE/,
  },
  "a name without sip:": {
    args: ["issue", "--ca", "ca", "--terminal", "user-a", "--out", "x"],
    says: /'user-a' is invalid.*sip:user-a@abc\.test/,
  },
  "an address that is none": {
    args: ["issue", "--ca", "ca", "--server", "abc.test", "--ip", "1.2.3", "--out", "x"],
    says: /'1\.2\.3' is invalid/,
  },
  "a directory that cannot be made": {
    args: ["init", "--out", "text.txt/ca"],
    says: /cannot write text\.txt\/ca\/ca\.key\.pem: /,
  },
  "a misspelt command": { args: ["isue"], says: /unknown command 'isue'[^]*issue/ },
  "a misspelt option": {
    args: ["init", "--out", "x", "--nmae", "y"],
    says: /unknown option '--nmae'[^]*--name/,
  },
};
for (const [what, { args, says }] of Object.entries(mistakes)) {
  Deno.test(
    `ntm ca: ${what} is said, with exit status 2`,
    inDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/text.txt`, "hello");
      const { code, stdout, stderr } = await ntm(["ca", ...args], { cwd: directory });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^ntm: /);
      assert.match(stderr, says);
    }),
  );
}
