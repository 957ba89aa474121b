/**
 * `ntm account`: the accounts and registrations in a server's store. It works beside a running server.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { formatAddress } from "../core/net/address.ts";
import { openStore, type Registration, StoreError } from "../core/store/mod.ts";
import { CliError, Exit, print, printable, printJson } from "./output.ts";
import { findPassword, PASSWORD_LIMIT } from "./password.ts";

/** `ntm account add|remove|list|registrations`. */
export function accountCommand() {
  return new Command("account")
    .description("accounts and registrations in a server's store")
    .addCommand(addCommand())
    .addCommand(removeCommand())
    .addCommand(listCommand())
    .addCommand(registrationsCommand());
}

const storeOption = ["--store <file>", "store of the server (NTM_STORE)"] as const;

function addCommand() {
  return new Command("add")
    .description(
      "add an account; the password comes from a file, NTM_PASSWORD, the keyboard or stdin",
    )
    .argument("<name>", "sip:user@domain, or with --mail the name of an NTMobile node")
    .option(...storeOption)
    .option("--mail <address>", "mail address of a node's account, in the store of an AS")
    .option("--password-file <file>", "its first line is the password")
    .option("--md5", "also keep the MD5 hash, for clients that know nothing better")
    .option("--replace", "replace the account if there is one: changes its password")
    .action(async (text, { store, mail, passwordFile, md5, replace }) => {
      const name = mail === undefined ? canonicalName(text) : nodeName(text, mail);
      const password = await findPassword({
        prompt: `password of ${name}: `,
        ...(passwordFile === undefined ? {} : { file: passwordFile }),
      }) ?? await fromStdin();
      if (mail !== undefined) {
        await addNode(store, { fqdn: name, mail, password, replace: replace ?? false });
        return;
      }
      const { makeAccount } = await import("../servers/sm/accounts.ts");
      const account = makeAccount(name, password, { created: Date.now(), md5: md5 ?? false });
      await withStore(
        openStore,
        store,
        true,
        (open) => open.addAccount(account, { replace: replace ?? false }),
      );
    });
}

/** Adds the account of an NTMobile node to an AS's store. */
async function addNode(
  file: string | undefined,
  { replace, ...account }: {
    readonly fqdn: string;
    readonly mail: string;
    readonly password: string;
    readonly replace: boolean;
  },
): Promise<void> {
  const { argon2idHasher } = await import("../core/crypto/password.ts");
  const { openNtmStore } = await import("../core/store/mod.ts");
  const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  const password = await argon2idHasher(random).hash(account.password);
  const added = { ...account, password, created: Date.now() };
  await withStore(openNtmStore, file, true, (open) => open.addAccount(added, { replace }));
}

/** A node's name in lower case, with a mail address that the wire can carry. */
function nodeName(text: string, mail: string): string {
  const fqdn = text.toLowerCase();
  if (!/^[a-z0-9_]([a-z0-9_-]*)(\.[a-z0-9_-]+)+$/.test(fqdn) || fqdn.length > 253) {
    throw new CliError(
      Exit.usage,
      `"${printable(text)}" is no name of a node; write name.zone, such as alice.a.example`,
    );
  }
  if (!/^[^\s@]+@[^\s@]+$/.test(mail)) {
    throw new CliError(Exit.usage, `"${printable(mail)}" is no mail address`);
  }
  return fqdn;
}

function removeCommand() {
  return new Command("remove")
    .description("remove an account and its registrations")
    .argument("<name>", "sip:user@domain", canonicalName)
    .option(...storeOption)
    .action(async (name, { store }) => {
      const removed = await withStore(openStore, store, false, (open) => open.removeAccount(name));
      if (!removed) throw new CliError(Exit.failed, `there is no account ${name}`);
    });
}

function listCommand() {
  return new Command("list")
    .description("list the accounts")
    .option(...storeOption)
    .option("--json", "a JSON array, one object an account")
    .action(async ({ store, json }) => {
      const accounts = await withStore(openStore, store, false, (open) => open.accounts());
      if (json) {
        printJson(
          accounts.map(({ name, realm, ha1Md5, created }) => ({
            ...{ name, realm, created: new Date(created).toISOString() },
            algorithms: ["SHA-256", ...(ha1Md5 === undefined ? [] : ["MD5"])],
          })),
          2,
        );
      } else for (const { name } of accounts) print(printable(name));
    });
}

function registrationsCommand() {
  return new Command("registrations")
    .description("list the registrations that have not expired")
    .option(...storeOption)
    .option("--json", "a JSON array, one object a registration")
    .action(async ({ store, json }) => {
      const now = Date.now();
      const all = await withStore(openStore, store, false, (open) => open.registrations());
      const registrations = all.filter(({ expires }) => expires > now);
      if (json) printJson(registrations.map(describe), 2);
      else {
        for (const { name, contact, expires, kind, remote } of registrations) {
          const left = Math.ceil((expires - now) / 1000);
          print(
            printable(
              `${name} at ${contact} over ${kind} ${formatAddress(remote)}, ${left} s left`,
            ),
          );
        }
      }
    });
}

function describe(registration: Registration) {
  const { name, contact, q, callId, cseq, expires, instance, kind, local, remote } = registration;
  return {
    ...{ name, contact, q: q / 1000, callId, cseq, instance },
    expires: new Date(expires).toISOString(),
    channel: { kind, local: formatAddress(local), remote: formatAddress(remote) },
  };
}

/** `sip:user@domain`, the domain in lower case. */
function canonicalName(text: string): string {
  const match = /^sip:([^@:\s]+)@([A-Za-z0-9.-]+)$/.exec(text);
  if (match === null) {
    throw new CliError(
      Exit.usage,
      `"${printable(text)}" is no name; write sip:user@domain, such as sip:user-a@abc.test`,
    );
  }
  return `sip:${match[1]}@${match[2]?.toLowerCase()}`;
}

async function withStore<T, S extends { close(): Promise<void> }>(
  open: (options: { file: string; create: boolean }) => Promise<S>,
  file: string | undefined,
  create: boolean,
  work: (store: S) => Promise<T>,
): Promise<T> {
  const path = file ?? Deno.env.get("NTM_STORE");
  if (path === undefined) {
    throw new CliError(Exit.usage, "which store? Give --store FILE or NTM_STORE");
  }
  try {
    const store = await open({ file: path, create });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CliError(error.code === "exists" ? Exit.failed : Exit.usage, error.message, {
      cause: error,
    });
  }
}

/** The first line of stdin, where it is no terminal. */
async function fromStdin(): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of Deno.stdin.readable) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n") || text.length > PASSWORD_LIMIT) break;
  }
  const line = text.split(/\r?\n/)[0] ?? "";
  if (line === "") {
    throw new CliError(
      Exit.usage,
      "no password: give --password-file FILE, NTM_PASSWORD, or a line on stdin",
    );
  }
  if (line.length > PASSWORD_LIMIT) {
    throw new CliError(Exit.usage, `the password is longer than ${PASSWORD_LIMIT} characters`);
  }
  return line;
}
