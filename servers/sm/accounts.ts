/**
 * The accounts in memory, kept in step with the store: `ntm account add` beside a running server takes
 * effect at the next REGISTER.
 *
 * @module
 */
import { ha1 } from "../../core/sip/digest.ts";
import type { Account, Store } from "../../core/store/mod.ts";
import type { AccountConfig } from "./config.ts";

/** Looks up accounts by canonical name. */
export interface Accounts {
  get(name: string): Account | undefined;
  /** Reads the store again if another process has written to it. */
  refresh(): Promise<void>;
}

/** The accounts of the store and those of the configuration; where both have one, the store's counts. */
export async function loadAccounts(
  store: Store,
  configured: readonly Account[] = [],
): Promise<Accounts> {
  let accounts = new Map<string, Account>();
  const read = async () => {
    const fresh = new Map<string, Account>();
    for (const account of configured) fresh.set(account.name, account);
    for (const account of await store.accounts()) fresh.set(account.name, account);
    accounts = fresh;
  };
  await store.changedElsewhere();
  await read();
  return {
    get: (name) => accounts.get(name),
    async refresh() {
      if (await store.changedElsewhere()) await read();
    },
  };
}

/** The canonical name of `user` or `sip:user@domain`; undefined if it is neither of `domain`. */
export function accountName(text: string, domain: string): string | undefined {
  const bare = text.startsWith("sip:") ? text.slice(4) : text;
  const [user, host, ...more] = bare.split("@");
  if (!user || more.length > 0 || !/^[\w.!~*'()&=+$,;?/%-]+$/.test(user)) return undefined;
  if (host !== undefined && host.toLowerCase() !== domain) return undefined;
  return `sip:${user}@${domain}`;
}

/**
 * An account of a name and password, as it is stored: H(A1) only.
 *
 * @param options `md5` adds the MD5 hash, for clients that know nothing better
 */
export function makeAccount(
  name: string,
  password: string,
  options: { readonly created: number; readonly md5?: boolean },
): Account {
  const at = name.lastIndexOf("@");
  const user = name.slice("sip:".length, at);
  const realm = name.slice(at + 1);
  return {
    name,
    realm,
    ha1Sha256: ha1(user, realm, password, "SHA-256"),
    ...(options.md5 ? { ha1Md5: ha1(user, realm, password, "MD5") } : {}),
    created: options.created,
  };
}

/** Accounts of the configuration. Throws RangeError for a name that is not of the domain. */
export function configuredAccounts(
  accounts: readonly AccountConfig[],
  domain: string,
  options: { readonly created: number; readonly md5: boolean },
): Account[] {
  return accounts.map(({ name, password }) => {
    const canonical = accountName(name, domain);
    if (canonical === undefined) {
      throw new RangeError(`account ${JSON.stringify(name)}: use user or sip:user@${domain}`);
    }
    return makeAccount(canonical, password, options);
  });
}
