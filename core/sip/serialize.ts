/**
 * Messages to octets. What was parsed and not changed comes out as it came in.
 *
 * @module
 */
import type { SipMessage } from "./message.ts";

const encoder = new TextEncoder();

/** The octets of a message. Content-Length is written as it stands; `setBody` keeps it right. */
export function serializeMessage(message: SipMessage): Uint8Array<ArrayBuffer> {
  const { written, body } = message;
  let text = written?.before ?? "";
  let plain = true;
  if (written && isUnchanged(message)) {
    text += written.startLine;
    plain = written.octets === undefined;
  } else {
    text += startLine(message);
  }
  for (const field of message.headers.fields) {
    text += field.raw ?? `${field.name}: ${field.value}\r\n`;
    if (field.octets !== undefined) plain = false;
  }
  text += written?.blank ?? "\r\n";
  if (!plain) return serializeOctets(message);

  // Nearly every head is ASCII: one octet a character, and no second pass over it.
  const bytes = new Uint8Array(text.length + body.length);
  const { read, written: count } = encoder.encodeInto(text, bytes);
  if (read === text.length && count === text.length) {
    bytes.set(body, count);
    return bytes;
  }
  return join([encoder.encode(text), body]);
}

/** The start line with its line end (RFC 3261 §7.1, §7.2). */
function startLine(message: SipMessage): string {
  return message.kind === "request"
    ? `${message.method} ${message.uri} SIP/2.0\r\n`
    : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
}

function isUnchanged(message: SipMessage): boolean {
  const { written } = message;
  return message.kind === "request"
    ? written?.first === message.method && written.second === message.uri
    : written?.first === message.status && written.second === message.reason;
}

/** The slow way, for messages with fields that are no valid UTF-8. */
function serializeOctets(message: SipMessage): Uint8Array<ArrayBuffer> {
  const { written, headers, body } = message;
  const parts: Uint8Array[] = [encoder.encode(written?.before ?? "")];
  parts.push(
    written && isUnchanged(message)
      ? written.octets ?? encoder.encode(written.startLine)
      : encoder.encode(startLine(message)),
  );
  for (const field of headers.fields) {
    parts.push(
      field.octets ?? encoder.encode(field.raw ?? `${field.name}: ${field.value}\r\n`),
    );
  }
  parts.push(encoder.encode(written?.blank ?? "\r\n"), body);
  return join(parts);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
