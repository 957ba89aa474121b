/**
 * What SQLite and the file system say, in words that say what to do.
 *
 * @module
 */
import { StoreError } from "./store.ts";

/** SQLite's primary result codes that have a meaning of their own here (sqlite.org/rescode.html). */
const resultCode = { busy: 5, locked: 6, readOnly: 8, corrupt: 11, full: 13, notADatabase: 26 };

/** Any error of opening or using the store `file` as a {@link StoreError}. */
export function toStoreError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const cause = { cause: error };
  if (error instanceof Deno.errors.NotFound) {
    return new StoreError(
      "unreadable",
      `store ${file}: no such file or folder; check the path, or add an account first`,
      cause,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new StoreError(
      "unreadable",
      `store ${file}: not readable and writable by this user`,
      cause,
    );
  }
  if (error instanceof Error && error.name === "IsADirectory") {
    return new StoreError("unreadable", `store ${file}: a folder; name a file in it`, cause);
  }
  const text = error instanceof Error ? error.message : String(error);
  switch (primaryCode(error)) {
    case resultCode.busy:
    case resultCode.locked:
      return new StoreError(
        "locked",
        `store ${file}: another process is writing to it and does not let go; stop it, or try again`,
        cause,
      );
    case resultCode.notADatabase:
      return new StoreError(
        "corrupt",
        `store ${file}: not a SQLite database, or damaged at its head; name another file`,
        cause,
      );
    case resultCode.corrupt:
      return new StoreError(
        "corrupt",
        `store ${file}: damaged (${text}); restore it from a copy, or move it away to begin anew`,
        cause,
      );
    case resultCode.full:
      return new StoreError("unreadable", `store ${file}: the disk is full`, cause);
    case resultCode.readOnly:
      return new StoreError("unreadable", `store ${file}: not writable`, cause);
    default:
      return new StoreError("unreadable", `store ${file}: ${text}`, cause);
  }
}

/** The low octet of SQLite's extended result code; undefined for an error that is not SQLite's. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
