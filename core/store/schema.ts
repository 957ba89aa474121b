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

/** An account at an AS (NTM-20, NTM-30). */
export interface NtmAccountTable {
  /** Name of the node, `name.zone`. */
  fqdn: string;
  mail: string;
  /** Argon2id of the password as a PHC string. */
  password: string;
  /** Milliseconds since the Unix epoch. */
  created: number;
}

/** A node of a DC: its virtual addresses, which it keeps for ever, and where it was last (NTM-2, NTM-6). */
export interface NtmNodeTable {
  fqdn: string;
  ipv4: string;
  ipv6: string;
  /** The registration as JSON; null until the first one. */
  registration: string | null;
}

/** An association that outlives the process: server keys and node keys. */
export interface NtmAssociationTable {
  /** Path id, 48 bits. */
  id: number;
  label: string;
  /** Our side: initiator or responder. */
  own: string;
  /** Who the other side is: `node:fqdn`, `dc:zone`, `as:name`, `rs:name`. */
  peer: string;
  suite: string;
  /** Lower-case hex. */
  secret: string;
  /** Milliseconds since the Unix epoch. */
  created: number;
  expires: number;
  /** Sequence numbers below it may have been used. */
  reserved: number;
}

/** All tables. */
export interface Tables {
  ntm_accounts: NtmAccountTable;
  ntm_nodes: NtmNodeTable;
  ntm_associations: NtmAssociationTable;
  accounts: AccountTable;
  registrations: RegistrationTable;
  secrets: SecretTable;
}

/** The version this program writes, kept in SQLite's `user_version`. */
export const schemaVersion = 2;

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
  async (db) => {
    await db.schema.createTable("ntm_accounts")
      .addColumn("fqdn", "text", (column) => column.primaryKey())
      .addColumn("mail", "text", (column) => column.notNull().unique())
      .addColumn("password", "text", (column) => column.notNull())
      .addColumn("created", "integer", (column) => column.notNull())
      .execute();
    await db.schema.createTable("ntm_nodes")
      .addColumn("fqdn", "text", (column) => column.primaryKey())
      .addColumn("ipv4", "text", (column) => column.notNull().unique())
      .addColumn("ipv6", "text", (column) => column.notNull().unique())
      .addColumn("registration", "text")
      .execute();
    await db.schema.createTable("ntm_associations")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("label", "text", (column) => column.notNull())
      .addColumn("own", "text", (column) => column.notNull())
      .addColumn("peer", "text", (column) => column.notNull())
      .addColumn("suite", "text", (column) => column.notNull())
      .addColumn("secret", "text", (column) => column.notNull())
      .addColumn("created", "integer", (column) => column.notNull())
      .addColumn("expires", "integer", (column) => column.notNull())
      .addColumn("reserved", "integer", (column) => column.notNull())
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
