/**
 * NTMobile datagrams as data, for `ntm decode`: the header, and with the right key the inside.
 *
 * @module
 */
import { z } from "zod";
import { Association } from "../core/ntm/association.ts";
import { NtmDecodeError, NtmEncodeError } from "../core/ntm/errors.ts";
import { decodeHeader, type NtmHeader } from "../core/ntm/header.ts";
import { decodeUdpPacket } from "../core/ntm/ip_packet.ts";
import { type Direction, DIRECTIONS, KEY_LABELS } from "../core/ntm/key_labels.ts";
import type { AssociationSecret } from "../core/ntm/key_schedule.ts";
import { messageType, type TypeEntry } from "../core/ntm/message_types.ts";
import { formatPathId, parsePathId } from "../core/ntm/values.ts";
import { formatAddress } from "../core/net/address.ts";

/** Associations a key file may have. */
const KEY_LIMIT = 10_000;

/** The key file: what servers and nodes hold. */
export const keyFileSchema = z.strictObject({
  associations: z.array(z.strictObject({
    id: z.string().refine((text) => parsePathId(text) !== undefined, "12 hexadecimal digits")
      .describe("association or path id, 12 hexadecimal digits"),
    label: z.enum(KEY_LABELS),
    secret: z.string().regex(/^[0-9a-f]{64}$/i, "64 hexadecimal digits")
      .describe("32 octets as hexadecimal text"),
    suite: z.enum(["aes-256-gcm", "chacha20-poly1305"]).optional()
      .describe("default aes-256-gcm"),
  })).max(KEY_LIMIT),
}).meta({ title: "ntm decode: key file" });
/** A key file. */
export type KeyFile = z.infer<typeof keyFileSchema>;

/** The secrets of a key file, by path id. */
export function keyRing(file: KeyFile): ReadonlyMap<number, readonly AssociationSecret[]> {
  const secrets = file.associations.map(({ id, label, secret, suite }): AssociationSecret => ({
    id: parsePathId(id)!,
    label,
    secret: Uint8Array.fromHex(secret),
    suite: suite ?? "aes-256-gcm",
  }));
  return Map.groupBy(secrets, ({ id }) => id);
}

/** What is known of a datagram. */
export interface DatagramView {
  readonly octets: number;
  /** The type's name; `unknown type` if it has none. */
  readonly message?: string;
  readonly type?: number;
  readonly pathId?: string;
  readonly sequence?: number;
  /** The key that opened it and who sealed it; absent without such a key. */
  readonly opened?: { readonly label: string; readonly by: Direction };
  /** The fields of a control message; octets as hexadecimal text. */
  readonly fields?: unknown;
  /** The encapsulated packet. */
  readonly packet?: unknown;
  /** What a Tunnel Request or Response carries under Ktmp. */
  readonly inside?: DatagramView;
  /** Why it is no valid datagram or message. */
  readonly problem?: string;
}

/** Looks at a datagram. `ring` holds the keys one has, by path id. */
export function datagramView(
  datagram: Uint8Array,
  ring: ReadonlyMap<number, readonly AssociationSecret[]>,
): DatagramView {
  let header: NtmHeader;
  try {
    header = decodeHeader(datagram);
  } catch (error) {
    if (!(error instanceof NtmDecodeError)) throw error;
    return { octets: datagram.length, problem: error.message };
  }
  const entry = messageType(header.type);
  const view = {
    octets: datagram.length,
    message: entry?.name ?? "unknown type",
    type: header.type,
    pathId: formatPathId(header.pathId),
    sequence: header.sequence,
  };
  if (!entry) return { ...view, problem: `type ${header.type} has no meaning` };
  if (entry.keys.length === 0) return { ...view, problem: `${entry.name} travels over TLS only` };
  for (const secret of ring.get(header.pathId) ?? []) {
    const found = openWith(secret, datagram);
    if (!found) continue;
    const opened = { label: secret.label, by: found.by };
    if (!entry.keys.includes(secret.label)) {
      const problem = `${entry.name} under ${secret.label}, not ${entry.keys.join(" or ")}`;
      return { ...view, opened, problem };
    }
    return { ...view, opened, ...content(entry, found.plaintext, ring) };
  }
  return view;
}

/** Whoever sealed it: each direction is tried. */
function openWith(
  secret: AssociationSecret,
  datagram: Uint8Array,
): { readonly by: Direction; readonly plaintext: Uint8Array } | undefined {
  for (const by of DIRECTIONS) {
    const own = by === "initiator" ? "responder" : "initiator";
    const association = new Association({ ...secret, own, others: [by] });
    const opened = association.open(datagram);
    association.release();
    if (opened.ok) return { by, plaintext: opened.plaintext };
  }
  return undefined;
}

function content(
  entry: TypeEntry,
  plaintext: Uint8Array,
  ring: ReadonlyMap<number, readonly AssociationSecret[]>,
): Partial<DatagramView> {
  try {
    if (entry.content === "nothing") {
      return plaintext.length === 0 ? {} : { problem: `${plaintext.length} octets, none expected` };
    }
    if (entry.content === "ip packet") return { packet: packetView(plaintext) };
    const value = entry.content.decode(plaintext);
    const fields = entry.content.show(value);
    const { content } = value as { readonly content?: unknown };
    return content instanceof Uint8Array
      ? { fields, inside: datagramView(content, ring) }
      : { fields };
  } catch (error) {
    if (error instanceof NtmDecodeError || error instanceof NtmEncodeError) {
      return { problem: error.message };
    }
    throw error;
  }
}

/** UDP is read; any other packet is shown as octets. */
function packetView(octets: Uint8Array): unknown {
  try {
    const { source, destination, payload } = decodeUdpPacket(octets);
    return {
      protocol: "udp",
      source: formatAddress(source),
      destination: formatAddress(destination),
      payload: payload.toHex(),
    };
  } catch (error) {
    if (!(error instanceof NtmDecodeError)) throw error;
    return { protocol: "not read here", why: error.message, octets: octets.toHex() };
  }
}
