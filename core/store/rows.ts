/**
 * Rows of the tables to records and back.
 *
 * @module
 */
import type { ChannelKind } from "../net/channel.ts";
import type { AccountTable, RegistrationTable } from "./schema.ts";
import type { Account, Registration } from "./store.ts";

/** A row as an account. */
export function accountOf(row: AccountTable): Account {
  return {
    name: row.name,
    realm: row.realm,
    ha1Sha256: row.ha1_sha256,
    ...(row.ha1_md5 === null ? {} : { ha1Md5: row.ha1_md5 }),
    created: row.created,
  };
}

/** An account as a row. */
export function accountRow(account: Account): AccountTable {
  return {
    name: account.name,
    realm: account.realm,
    ha1_sha256: account.ha1Sha256,
    ha1_md5: account.ha1Md5 ?? null,
    created: account.created,
  };
}

/** A row as a registration. */
export function registrationOf(row: RegistrationTable): Registration {
  return {
    name: row.name,
    contact: row.contact,
    q: row.q,
    callId: row.call_id,
    cseq: row.cseq,
    expires: row.expires,
    ...(row.instance === null ? {} : { instance: row.instance }),
    kind: row.kind as ChannelKind,
    local: { host: row.local_host, port: row.local_port },
    remote: { host: row.remote_host, port: row.remote_port },
  };
}

/** A registration as a row. */
export function registrationRow(registration: Registration): RegistrationTable {
  return {
    name: registration.name,
    contact: registration.contact,
    q: registration.q,
    call_id: registration.callId,
    cseq: registration.cseq,
    expires: registration.expires,
    instance: registration.instance ?? null,
    kind: registration.kind,
    local_host: registration.local.host,
    local_port: registration.local.port,
    remote_host: registration.remote.host,
    remote_port: registration.remote.port,
  };
}
