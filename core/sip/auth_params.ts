/**
 * Authentication headers (RFC 3261 §20.7, §20.27, §20.28, §20.44; RFC 7616): a scheme and a comma list
 * of parameters.
 *
 * @module
 */
import { Cursor } from "./cursor.ts";
import { type Parameter, Parameters, parseParameter } from "./parameters.ts";

/** A challenge or credentials. */
export interface AuthValue {
  /** As written, for example `Digest`. */
  readonly scheme: string;
  /** Values as written, quotes and all; `get` takes the quotes off. */
  readonly parameters: Parameters;
}

const CLAUSE = "RFC 3261 §25.1";
const COMMA = 44;

/** Reads Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate. */
export function parseAuthValue(value: string): AuthValue {
  const cursor = new Cursor(value).space();
  const scheme = cursor.token("the authentication scheme", CLAUSE);
  const end = cursor.at;
  if (cursor.space().at === end) throw cursor.unexpected("a space and the parameters", CLAUSE);
  return { scheme, parameters: readParameters(cursor) };
}

/** Reads Authentication-Info: parameters without a scheme. */
export function parseAuthParameters(value: string): Parameters {
  return readParameters(new Cursor(value).space());
}

function readParameters(cursor: Cursor): Parameters {
  const items: Parameter[] = [];
  do {
    const item = parseParameter(cursor, CLAUSE);
    if (item.value === undefined) throw cursor.unexpected('"=" and a value', CLAUSE);
    items.push(item);
  } while (cursor.separator(COMMA));
  cursor.end(CLAUSE);
  return new Parameters(items);
}

/** `name=value, name=value`. */
export function formatAuthParameters(parameters: Parameters): string {
  return [...parameters].map(({ name, value }) => `${name}=${value ?? '""'}`).join(", ");
}

/** `Digest name=value, name=value`. */
export function formatAuthValue({ scheme, parameters }: AuthValue): string {
  return `${scheme} ${formatAuthParameters(parameters)}`;
}
