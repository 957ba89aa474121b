/**
 * The tables of a store, their versions, and how one version becomes the next.
 *
 * @module
 */
import { type Kysely, sql } from "kysely";

/** An account: what the server needs to check a password, never the password itself. */
export interface AccountTable {
  /** Canonical name, `sip:user@domain`. */
  name: string;
  /** Digest realm: the domain. */
  realm: string;
  /** Lower-case hex of SHA-256(user:realm:password); as secret as the password within the realm. */
  ha1_sha256: string;
  /** Lower-case hex of MD5(user:realm:password), only when the account was made for MD5 clients too. */
  ha1_md5: string | null;
  /** Milliseconds since the Unix epoch. */
  created: number;
}

/** A binding of a name to a contact, and the channel it was registered over (SM-1, SM-4). */
export interface RegistrationTable {
  name: string;
  /** Contact URI as registered. */
  contact: string;
  /** q-value in thousandths. */
  q: number;
  call_id: string;
  cseq: number;
  /** Milliseconds since the Unix epoch. */
  expires: number;
  /** The terminal's instance identifier (RFC 5626 §4.1), if it gave one. */
  instance: string | null;
  /** Channel: udp, tcp, tls or esp. */
  kind: string;
  local_host: string;
  local_port: number;
  remote_host: string;
  remote_port: number;
}

/** Secrets the server made for itself, such as the key of its dialog tokens. */
export interface SecretTable {
  name: string;
  /** Lower-case hex. */
  value: string;
}

/** All tables. */
export interface Tables {
  accounts: AccountTable;
  registrations: RegistrationTable;
  secrets: SecretTable;
}

/** The version this program writes, kept in SQLite's `user_version`. */
export const schemaVersion = 1;

/** Marks a SQLite file as one of ours (`application_id`): "ntm" and a version of the idea. */
export const applicationId = 0x6e746d01;

/** One step each: `migrations[n]` takes version n to n + 1. */
const migrations: readonly ((db: Kysely<Tables>) => Promise<void>)[] = [
  async (db) => {
    await db.schema.createTable("accounts")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("realm", "text", (column) => column.notNull())
      .addColumn("ha1_sha256", "text", (column) => column.notNull())
      .addColumn("ha1_md5", "text")
      .addColumn("created", "integer", (column) => column.notNull())
      .execute();
    await db.schema.createTable("registrations")
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("contact", "text", (column) => column.notNull())
      .addColumn("q", "integer", (column) => column.notNull())
      .addColumn("call_id", "text", (column) => column.notNull())
      .addColumn("cseq", "integer", (column) => column.notNull())
      .addColumn("expires", "integer", (column) => column.notNull())
      .addColumn("instance", "text")
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("local_host", "text", (column) => column.notNull())
      .addColumn("local_port", "integer", (column) => column.notNull())
      .addColumn("remote_host", "text", (column) => column.notNull())
      .addColumn("remote_port", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("registrations_key", ["name", "contact"])
      .execute();
    await db.schema.createTable("secrets")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("value", "text", (column) => column.notNull())
      .execute();
  },
];

/** Brings a database from `from` to {@link schemaVersion}, in one transaction. */
export async function migrate(db: Kysely<Tables>, from: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const step of migrations.slice(from)) await step(transaction);
    await sql.raw(`pragma user_version = ${schemaVersion}`).execute(transaction);
    await sql.raw(`pragma application_id = ${applicationId}`).execute(transaction);
  });
}
