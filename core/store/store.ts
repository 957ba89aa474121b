/**
 * The store port: accounts, registrations and secrets, kept so that a crash loses nothing that was
 * promised. {@link openStore} gives the SQLite one.
 *
 * @module
 */
import type { Address } from "../net/address.ts";
import type { ChannelKind } from "../net/channel.ts";

/** What the server needs to check a password; never the password itself. */
export interface Account {
  /** Canonical name, `sip:user@domain`. */
  readonly name: string;
  /** Digest realm: the domain. */
  readonly realm: string;
  /** Lower-case hex of SHA-256(user:realm:password). */
  readonly ha1Sha256: string;
  /** Lower-case hex of MD5(user:realm:password), only where MD5 was asked for. */
  readonly ha1Md5?: string;
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
}

/** A name's binding to a contact, with the channel it was registered over. */
export interface Registration {
  /** Canonical name, `sip:user@domain`. */
  readonly name: string;
  /** Contact URI as registered. */
  readonly contact: string;
  /** q-value in thousandths, 0 to 1000. */
  readonly q: number;
  readonly callId: string;
  readonly cseq: number;
  /** Milliseconds since the Unix epoch. */
  readonly expires: number;
  /** Instance identifier (RFC 5626 §4.1). */
  readonly instance?: string;
  readonly kind: ChannelKind;
  readonly local: Address;
  readonly remote: Address;
}

/** What changes in one step: all of it is kept, or nothing. */
export interface RegistrationChange {
  readonly put: readonly Registration[];
  readonly remove: readonly { readonly name: string; readonly contact: string }[];
}

/** A failure of the store. `code` is stable, `message` says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    readonly code: "unreadable" | "corrupt" | "locked" | "version" | "exists" | "closed",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Accounts, registrations and secrets. Every method throws {@link StoreError}. */
export interface Store {
  accounts(): Promise<Account[]>;
  /** Adds an account; `exists` when the name has one, unless `replace`. */
  addAccount(account: Account, options?: { replace?: boolean }): Promise<void>;
  /** Whether there was one. Its registrations go as well. */
  removeAccount(name: string): Promise<boolean>;
  /** All registrations, expired ones included, ordered by name and contact. */
  registrations(): Promise<Registration[]>;
  /**
   * Keeps a change. Resolves once it is on disk: what is answered after that survives a crash.
   * Changes that come together are kept in one transaction.
   */
  change(change: RegistrationChange): Promise<void>;
  /** The named secret; made of `make()` and kept if it is not there yet. */
  secret(name: string, make: () => Uint8Array): Promise<Uint8Array>;
  /** Whether another process has written since the last call; false for a store in memory. */
  changedElsewhere(): Promise<boolean>;
  /** Keeps what is queued, then closes. */
  close(): Promise<void>;
}
