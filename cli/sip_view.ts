/**
 * SIP messages and their errors as JSON, for `ntm sip parse`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connection, mediaLine, parseSdp } from "../core/sdp/session_description.ts";
import { parseAuthValue } from "../core/sip/auth_params.ts";
import { contacts } from "../core/sip/contact.ts";
import { parseCSeq } from "../core/sip/cseq.ts";
import type { Deviation, SipParseError } from "../core/sip/errors.ts";
import type { Headers } from "../core/sip/headers.ts";
import type { SipMessage } from "../core/sip/message.ts";
import { type NameAddr, parseNameAddr, parseNameAddrList } from "../core/sip/name_addr.ts";
import type { Parameters } from "../core/sip/parameters.ts";
import { octetsOf, offsetOf } from "../core/sip/parse.ts";
import { parseRouteSecurity } from "../core/sip/route_security.ts";
import { addressOfRecord, formatUri, parseUri, type Uri } from "../core/sip/uri.ts";
import { vias } from "../core/sip/via.ts";

/** Where a message stands: octets before it, and octets of the datagram if it came in one. */
export interface Extent {
  readonly start: number;
  readonly total?: number;
}

/** A message as JSON: the start line, every header, what well-known headers mean, the body. */
export function messageView(
  message: SipMessage,
  deviations: readonly Deviation[],
  { start, total }: Extent,
): Record<string, unknown> {
  const startLine = message.kind === "request"
    ? {
      method: message.method,
      uri: message.uri,
      requestUri: attempt(() => uriView(parseUri(message.uri))),
    }
    : { status: message.status, reason: message.reason };
  const bodyAt = offsetOf(message, message.headers.fields.length, 0) +
    (message.written?.blank.length ?? 0);
  const octets = bodyAt + message.body.length;
  return {
    kind: message.kind,
    ...startLine,
    start,
    octets,
    ...(total !== undefined && total > octets ? { ignoredOctets: total - octets } : {}),
    headers: headerViews(message),
    values: valuesView(message.headers),
    body: bodyView(message.body, bodyAt),
    ...sdpView(message),
    deviations,
  };
}

/** An error as JSON; `line` and `start` place the message in its file. */
export function errorView(
  error: SipParseError,
  file: string,
  line: number,
  start: number,
): Record<string, unknown> {
  const { what, column, offset, clause, status } = error;
  return { error: { what, file, line, column, offset: start + offset, clause, status } };
}

function headerViews(message: SipMessage): unknown[] {
  const { fields } = message.headers;
  let offset = offsetOf(message, 0, 0) - (fields[0] ? valueStart(fields[0].raw ?? "") : 0);
  return fields.map((field) => {
    const { key, name, value } = field;
    const view = { key, name, value, offset };
    offset += octetsOf(field);
    return view;
  });
}

/** Octets from a field's first one to its value, for a field whose name is ASCII. */
function valueStart(raw: string): number {
  return /^[^:]*:\s*/.exec(raw)?.[0].length ?? 0;
}

/** What well-known headers mean; null for one that is there and cannot be read. */
function valuesView(headers: Headers): Record<string, unknown> {
  const readers: Readonly<Record<string, () => unknown>> = {
    "via": () =>
      vias(headers).map((via) => ({ ...via, parameters: parametersView(via.parameters) })),
    "from": () => nameAddrView(parseNameAddr(headers.get("from") ?? "")),
    "to": () => nameAddrView(parseNameAddr(headers.get("to") ?? "")),
    "cseq": () => parseCSeq(headers.get("cseq") ?? ""),
    "contact": () => {
      const list = contacts(headers);
      return list === "*" ? list : list.map(nameAddrView);
    },
    "route": () => routeViews(headers, "route"),
    "record-route": () => routeViews(headers, "record-route"),
    "route-security": () =>
      parseRouteSecurity(headers).map(({ address, level }) => ({ address, level })),
    "authorization": () => authViews(headers, "authorization"),
    "www-authenticate": () => authViews(headers, "www-authenticate"),
    "proxy-authorization": () => authViews(headers, "proxy-authorization"),
    "proxy-authenticate": () => authViews(headers, "proxy-authenticate"),
    "max-forwards": () => Number(headers.get("max-forwards")),
    "content-length": () => Number(headers.get("content-length")),
    "expires": () => Number(headers.get("expires")),
  };
  const present = Object.entries(readers).filter(([key]) => headers.has(key));
  return Object.fromEntries(present.map(([key, read]) => [key, attempt(read)]));
}

function routeViews(headers: Headers, name: string): unknown[] {
  return headers.getAll(name).flatMap((value) => parseNameAddrList(value)).map(nameAddrView);
}

function authViews(headers: Headers, name: string): unknown[] {
  return headers.getAll(name).map(parseAuthValue).map(({ scheme, parameters }) => ({
    scheme,
    parameters: parametersView(parameters),
  }));
}

function nameAddrView({ display, uri, parameters }: NameAddr): Record<string, unknown> {
  return { display, uri: uriView(uri), parameters: parametersView(parameters) };
}

function uriView(uri: Uri): Record<string, unknown> {
  const text = formatUri(uri);
  if (uri.kind !== "sip") return { ...uri, text, ...paramsOf(uri) };
  return {
    text,
    addressOfRecord: addressOfRecord(uri),
    ...uri,
    parameters: parametersView(uri.parameters),
    headers: Object.fromEntries(uri.headers.map(({ name, value }) => [name, value ?? ""])),
  };
}

function paramsOf(uri: Uri): Record<string, unknown> {
  return uri.kind === "tel" ? { parameters: parametersView(uri.parameters) } : {};
}

/** Values by name, without quotes; true for a flag such as `lr`. */
function parametersView(parameters: Parameters): Record<string, string | true> {
  return Object.fromEntries(
    [...parameters].map(({ name, value }) => [
      name,
      value === undefined ? true : parameters.get(name) ?? value,
    ]),
  );
}

/** The body as text where it is UTF-8, in Base64 otherwise. */
function bodyView(body: Uint8Array, offset: number): Record<string, unknown> {
  const place = { offset, octets: body.length };
  try {
    return { ...place, text: new TextDecoder("utf-8", { fatal: true }).decode(body) };
  } catch {
    return { ...place, base64: Buffer.from(body).toString("base64") };
  }
}

/** What an SDP body says about media; nothing for other bodies, null for SDP that cannot be read. */
function sdpView(message: SipMessage): Record<string, unknown> {
  const type = message.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/sdp" || message.body.length === 0) return {};
  const sdp = attempt(() => {
    const description = parseSdp(message.body);
    return description.media.map((media) => ({
      ...mediaLine(media),
      connection: connection(description, media) ?? null,
      attributes: media.lines.filter(({ type }) => type === "a").map(({ value }) => value),
    }));
  });
  return { sdp };
}

/** Null where reading throws: the header list and the deviations say what is wrong. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
