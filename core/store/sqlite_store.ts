/**
 * The store on SQLite: WAL, and `synchronous=FULL`, so that a commit is on disk before it is answered.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { NodeSqliteDialect } from "./sqlite_driver.ts";
import { applicationId, migrate, schemaVersion, type Tables } from "./schema.ts";
import {
  type Account,
  type Registration,
  type RegistrationChange,
  type Store,
  StoreError,
} from "./store.ts";
import { toStoreError } from "./sqlite_errors.ts";
import { accountOf, accountRow, registrationOf, registrationRow } from "./rows.ts";

/** How to open a store. */
export interface StoreOptions {
  /** Path of the database file, or `:memory:` for one that goes with the process. */
  readonly file: string;
  /**
   * Calls `flush` soon, after the messages that are waiting now have been read: all changes until
   * then go into one transaction. Omitted: in a microtask.
   */
  readonly soon?: (flush: () => void) => void;
  /** Milliseconds to wait for another process's write lock; default 2000. */
  readonly busyMilliseconds?: number;
  /** False refuses to make a file that is not there; default true. */
  readonly create?: boolean;
}

/** Opens a store, making or migrating its tables. The file gets mode 0600. Throws {@link StoreError}. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { db, database } = await openDatabase(options);
  return new SqliteStore(db, database, options.file, options.soon ?? queueMicrotask);
}

/** A database whose tables are those of this version. Throws {@link StoreError}. */
export async function openDatabase(
  options: Omit<StoreOptions, "soon">,
): Promise<{ readonly db: Kysely<Tables>; readonly database: DatabaseSync }> {
  const { file } = options;
  let database: DatabaseSync | undefined;
  try {
    if (file !== ":memory:") prepareFile(file, options.create ?? true);
    database = new DatabaseSync(file);
    const version = prepareDatabase(database, file, options.busyMilliseconds ?? 2000);
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) });
    if (version < schemaVersion) await migrate(db, version);
    return { db, database };
  } catch (error) {
    database?.close();
    throw toStoreError(error, file);
  }
}

/** Makes the file with mode 0600 before SQLite would make it with the process's; WAL files follow it. */
function prepareFile(file: string, create: boolean): void {
  Deno.openSync(file, { read: true, write: true, create, mode: 0o600 }).close();
}

/** Settings of the connection; checks that the file is ours and whole. Returns its schema version. */
function prepareDatabase(database: DatabaseSync, file: string, busyMilliseconds: number): number {
  database.exec(`pragma busy_timeout = ${Math.trunc(busyMilliseconds)}`);
  const version = numberOf(database, "user_version");
  const application = numberOf(database, "application_id");
  if (version > schemaVersion) {
    throw new StoreError(
      "version",
      `store ${file}: made by a newer ntm (schema ${version}, this one knows ${schemaVersion}); use that ntm`,
    );
  }
  const tables = database.prepare("select count(*) as n from sqlite_schema").get();
  if (application !== applicationId && tables?.n !== 0) {
    throw new StoreError(
      "corrupt",
      `store ${file}: a SQLite database, but not one of ntm's; name another file`,
    );
  }
  database.exec("pragma journal_mode = wal");
  database.exec("pragma synchronous = full");
  const check = database.prepare("pragma quick_check(1)").get();
  if (check?.quick_check !== "ok") {
    throw new StoreError(
      "corrupt",
      `store ${file}: damaged (${check?.quick_check}); restore it from a copy, or move it away to begin anew`,
    );
  }
  return version;
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`pragma ${pragma}`).get()?.[pragma] ?? 0);
}

interface Waiting {
  readonly change: RegistrationChange;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class SqliteStore implements Store {
  #waiting: Waiting[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #dataVersion: number;
  #closed = false;

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly database: DatabaseSync,
    private readonly file: string,
    private readonly soon: (flush: () => void) => void,
  ) {
    this.#dataVersion = numberOf(database, "data_version");
  }

  accounts(): Promise<Account[]> {
    return this.#guard(async () =>
      (await this.db.selectFrom("accounts").selectAll().orderBy("name").execute()).map(accountOf)
    );
  }

  addAccount(account: Account, options: { replace?: boolean } = {}): Promise<void> {
    return this.#guard(async () => {
      const row = accountRow(account);
      const insert = this.db.insertInto("accounts").values(row);
      const result = await (options.replace
        ? insert.onConflict((conflict) =>
          conflict.column("name").doUpdateSet(row)
        )
        : insert.onConflict((conflict) => conflict.column("name").doNothing())).executeTakeFirst();
      if (result.numInsertedOrUpdatedRows === 0n) {
        throw new StoreError(
          "exists",
          `account ${account.name} is in store ${this.file} already; remove it first, or replace it`,
        );
      }
    });
  }

  removeAccount(name: string): Promise<boolean> {
    return this.#guard(() =>
      this.db.transaction().execute(async (transaction) => {
        const result = await transaction.deleteFrom("accounts").where("name", "=", name)
          .executeTakeFirst();
        await transaction.deleteFrom("registrations").where("name", "=", name).execute();
        return result.numDeletedRows > 0n;
      })
    );
  }

  registrations(): Promise<Registration[]> {
    return this.#guard(async () =>
      (await this.db.selectFrom("registrations").selectAll().orderBy("name").orderBy("contact")
        .execute()).map(registrationOf)
    );
  }

  change(change: RegistrationChange): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ change, resolve, reject });
    if (this.#waiting.length === 1) {
      this.soon(() => {
        this.#flushing = this.#flush();
      });
    }
    return promise;
  }

  secret(name: string, make: () => Uint8Array): Promise<Uint8Array> {
    return this.#guard(async () => {
      const value = make().toHex();
      await this.db.insertInto("secrets").values({ name, value })
        .onConflict((conflict) => conflict.column("name").doNothing()).execute();
      const row = await this.db.selectFrom("secrets").select("value").where("name", "=", name)
        .executeTakeFirstOrThrow();
      return Uint8Array.fromHex(row.value);
    });
  }

  changedElsewhere(): Promise<boolean> {
    return this.#guard(() => {
      const version = numberOf(this.database, "data_version");
      const changed = version !== this.#dataVersion;
      this.#dataVersion = version;
      return Promise.resolve(changed);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#flush();
    await this.#flushing;
    this.#closed = true;
    await this.db.destroy();
  }

  /** Writes all that waits, in one transaction. */
  async #flush(): Promise<void> {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    try {
      await this.db.transaction().execute(async (transaction) => {
        for (const { change } of batch) {
          for (const { name, contact } of change.remove) {
            await transaction.deleteFrom("registrations")
              .where("name", "=", name).where("contact", "=", contact).execute();
          }
          for (const registration of change.put) {
            await transaction.replaceInto("registrations").values(registrationRow(registration))
              .execute();
          }
        }
      });
    } catch (error) {
      const failure = toStoreError(error, this.file);
      for (const waiting of batch) waiting.reject(failure);
      return;
    }
    for (const waiting of batch) waiting.resolve();
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw this.#closedError();
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, this.file);
    }
  }

  #closedError(): StoreError {
    return new StoreError("closed", `store ${this.file} is closed`);
  }
}
