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
