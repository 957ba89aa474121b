/**
 * {@link NtmStore} on SQLite, in a database of the same tables as the other store.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import type { KeyLabel } from "../ntm/key_labels.ts";
import type { Side, Suite } from "../ntm/values.ts";
import type { AssociationRecord, NodeRecord, NtmAccount, NtmStore } from "./ntm_store.ts";
import type { NtmAssociationTable, NtmNodeTable, Tables } from "./schema.ts";
import { toStoreError } from "./sqlite_errors.ts";
import { openDatabase, type StoreOptions } from "./sqlite_store.ts";
import { StoreError } from "./store.ts";

/** Opens a store, making or migrating its tables. The file gets mode 0600. Throws {@link StoreError}. */
export async function openNtmStore(options: Omit<StoreOptions, "soon">): Promise<NtmStore> {
  const { db, database } = await openDatabase(options);
  return new NtmSqliteStore(db, database, options.file);
}

class NtmSqliteStore implements NtmStore {
  #closed = false;

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly database: DatabaseSync,
    private readonly file: string,
  ) {}

  accounts(): Promise<NtmAccount[]> {
    return this.#guard(() =>
      this.db.selectFrom("ntm_accounts").selectAll().orderBy("fqdn").execute()
    );
  }

  account(
    of: { readonly fqdn: string } | { readonly mail: string },
  ): Promise<NtmAccount | undefined> {
    return this.#guard(() => {
      const query = this.db.selectFrom("ntm_accounts").selectAll();
      return ("fqdn" in of ? query.where("fqdn", "=", of.fqdn) : query.where("mail", "=", of.mail))
        .executeTakeFirst();
    });
  }

  addAccount(account: NtmAccount, options: { replace?: boolean } = {}): Promise<void> {
    return this.#guard(async () => {
      if (options.replace) {
        await this.db.replaceInto("ntm_accounts").values(account).execute();
        return;
      }
      const result = await this.db.insertInto("ntm_accounts").values(account)
        .onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
      if (result.numInsertedOrUpdatedRows === 0n) {
        throw new StoreError(
          "exists",
          `store ${this.file} has an account ${account.fqdn} or ${account.mail} already; replace it`,
        );
      }
    });
  }

  nodes(): Promise<NodeRecord[]> {
    return this.#guard(async () =>
      (await this.db.selectFrom("ntm_nodes").selectAll().orderBy("fqdn").execute()).map(nodeOf)
    );
  }

  putNode({ fqdn, ipv4, ipv6, registration }: NodeRecord): Promise<void> {
    return this.#guard(async () => {
      const row = {
        ...{ fqdn, ipv4, ipv6 },
        registration: registration === undefined ? null : JSON.stringify(registration),
      };
      await this.db.insertInto("ntm_nodes").values(row)
        .onConflict((conflict) => conflict.column("fqdn").doUpdateSet(row)).execute();
    });
  }

  associations(): Promise<AssociationRecord[]> {
    return this.#guard(async () =>
      (await this.db.selectFrom("ntm_associations").selectAll().orderBy("created").execute())
        .map(associationOf)
    );
  }

  putAssociation(association: AssociationRecord): Promise<void> {
    return this.#guard(async () => {
      const row = { ...association, secret: association.secret.toHex() };
      await this.db.replaceInto("ntm_associations").values(row).execute();
    });
  }

  removeAssociation(id: number): Promise<void> {
    return this.#guard(async () => {
      await this.db.deleteFrom("ntm_associations").where("id", "=", id).execute();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.db.destroy();
    if (this.database.isOpen) this.database.close();
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError("closed", `store ${this.file} is closed`);
    try {
      return await work();
    } catch (error) {
      throw toStoreError(error, this.file);
    }
  }
}

function nodeOf({ fqdn, ipv4, ipv6, registration }: NtmNodeTable): NodeRecord {
  return {
    ...{ fqdn, ipv4, ipv6 },
    ...(registration === null ? {} : { registration: JSON.parse(registration) }),
  };
}

function associationOf(row: NtmAssociationTable): AssociationRecord {
  return {
    ...row,
    label: row.label as KeyLabel,
    own: row.own as Side,
    suite: row.suite as Suite,
    secret: Uint8Array.fromHex(row.secret),
  };
}
