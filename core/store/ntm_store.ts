/**
 * What NTMobile's servers keep, so that a restart needs no login anew: accounts, nodes and keys.
 *
 * @module
 */
import type { Address } from "../net/address.ts";
import type { KeyLabel } from "../ntm/key_labels.ts";
import type { Side, Suite } from "../ntm/values.ts";

/** An account at an AS. */
export interface NtmAccount {
  /** `name.zone`, lower case. */
  readonly fqdn: string;
  readonly mail: string;
  /** PHC string of the password's hash, never the password. */
  readonly password: string;
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
}

/** Where a node was seen, in one address family. */
export interface SeenRecord {
  readonly address: Address;
  /** Milliseconds since the Unix epoch. */
  readonly until: number;
}

/** What a node said and showed when it registered last. */
export interface RegistrationRecord {
  readonly own: readonly Address[];
  readonly v4?: SeenRecord;
  readonly v6?: SeenRecord;
  readonly application: string;
  readonly suites: readonly Suite[];
}

/** A node of a DC. Its virtual addresses are never given to another one. */
export interface NodeRecord {
  readonly fqdn: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly registration?: RegistrationRecord;
}

/** A key that outlives the process. */
export interface AssociationRecord {
  readonly id: number;
  readonly label: KeyLabel;
  readonly own: Side;
  /** `node:fqdn`, `dc:zone`, `as:name` or `rs:name`. */
  readonly peer: string;
  readonly suite: Suite;
  /** 32 octets. */
  readonly secret: Uint8Array;
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
  readonly expires: number;
  /** Sequence numbers below it may have been used. */
  readonly reserved: number;
}

/** What is kept. A promise resolves once it is on disk; all methods throw `StoreError`. */
export interface NtmStore {
  accounts(): Promise<NtmAccount[]>;
  /** The account of that name or mail address. */
  account(of: { readonly fqdn: string } | { readonly mail: string }): Promise<
    NtmAccount | undefined
  >;
  /** Adds an account; `exists` when name or mail address has one, unless `replace`. */
  addAccount(account: NtmAccount, options?: { replace?: boolean }): Promise<void>;
  nodes(): Promise<NodeRecord[]>;
  putNode(node: NodeRecord): Promise<void>;
  associations(): Promise<AssociationRecord[]>;
  putAssociation(association: AssociationRecord): Promise<void>;
  removeAssociation(id: number): Promise<void>;
  close(): Promise<void>;
}
