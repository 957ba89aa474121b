/**
 * Accounts, registrations and secrets on disk.
 *
 * @module
 */
export { openStore, type StoreOptions } from "./sqlite_store.ts";
export {
  type Account,
  type Registration,
  type RegistrationChange,
  type Store,
  StoreError,
} from "./store.ts";
export { openNtmStore } from "./ntm_sqlite.ts";
export type { AssociationRecord, NodeRecord, NtmAccount, NtmStore } from "./ntm_store.ts";
