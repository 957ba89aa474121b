/**
 * Authoritative answers for a DC's zone (RFC 1035): SOA and NS of the zone, addresses of the DC and of
 * its nodes' virtual addresses. Pure: a query's octets in, the answer's octets out.
 *
 * @module
 */
import { Buffer } from "node:buffer";
// @ts-types="@types/dns-packet"
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet } from "dns-packet";

/** What the answers say. */
export interface ZoneData {
  /** Lower case, without a dot at the end. */
  readonly zone: string;
  /** Host name of the DC. */
  readonly server: string;
  /** Addresses of the DC. */
  readonly addresses: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
  /** A node's virtual addresses. */
  node(fqdn: string): { readonly ipv4: string; readonly ipv6: string } | undefined;
}

/** Seconds that answers may be kept. */
export const DNS_TTL = 60;
/** Octets of the longest query that is looked at: a name, a question and EDNS. */
export const DNS_QUERY_LIMIT = 512;

const NO_ERROR = 0;
const NAME_ERROR = 3;
const NOT_IMPLEMENTED = 4;
const REFUSED = 5;
/** OPCODE in the flags: 0 is QUERY. */
const OPCODE_MASK = 0x7800;
const RECURSION_DESIRED = 0x0100;

/** The answer to a query; undefined for octets that are none and get no answer. */
export function answerDns(query: Uint8Array, data: ZoneData): Uint8Array | undefined {
  if (query.length > DNS_QUERY_LIMIT) return undefined;
  const asked = read(query);
  const question = asked?.questions?.[0];
  // An answer is never answered, so that two servers cannot keep each other busy.
  if (!asked || asked.type !== "query" || asked.questions?.length !== 1 || !question) {
    return undefined;
  }
  const flags = asked.flags ?? 0;
  const reply = (code: number, rest: Partial<Packet> = {}): Uint8Array =>
    encode({
      type: "response",
      id: asked.id ?? 0,
      flags: (flags & (OPCODE_MASK | RECURSION_DESIRED)) | code |
        (code === NO_ERROR || code === NAME_ERROR ? AUTHORITATIVE_ANSWER : 0),
      questions: [question],
      ...rest,
    });
  if ((flags & OPCODE_MASK) !== 0) return reply(NOT_IMPLEMENTED);
  const name = question.name.toLowerCase();
  const own = name === data.zone || name.endsWith(`.${data.zone}`);
  if (!own || (question.class !== undefined && question.class !== "IN")) return reply(REFUSED);
  const records = recordsOf(name, data);
  if (!records) return reply(NAME_ERROR, { authorities: [soa(data)] });
  // The name as it was asked: resolvers vary its case to tell forged answers (RFC 5452 §9.3).
  const answers = records.filter(({ type }) => type === question.type || isAny(question.type))
    .map((record) => ({ ...record, name: question.name } as Answer));
  if (answers.length === 0) return reply(NO_ERROR, { authorities: [soa(data)] });
  return question.type === "NS"
    ? reply(NO_ERROR, { answers, additionals: addressesOf(data.server, data.addresses) })
    : reply(NO_ERROR, { answers });
}

function isAny(type: string): boolean {
  return type === "ANY" || type === "*";
}

/** All records of a name; undefined if there is no such name. */
function recordsOf(name: string, data: ZoneData): Answer[] | undefined {
  const records: Answer[] = [];
  if (name === data.zone) {
    records.push(soa(data), { type: "NS", name, ttl: DNS_TTL, data: data.server });
  }
  if (name === data.server) records.push(...addressesOf(name, data.addresses));
  const node = data.node(name);
  if (node) records.push(...addressesOf(name, { ipv4: [node.ipv4], ipv6: [node.ipv6] }));
  return records.length > 0 ? records : undefined;
}

function addressesOf(name: string, { ipv4, ipv6 }: ZoneData["addresses"]): Answer[] {
  return [
    ...ipv4.map((data): Answer => ({ type: "A", name, ttl: DNS_TTL, data })),
    ...ipv6.map((data): Answer => ({ type: "AAAA", name, ttl: DNS_TTL, data })),
  ];
}

function soa({ zone, server }: ZoneData): Answer {
  const times = { refresh: 3600, retry: 600, expire: 86_400, minimum: DNS_TTL };
  const data = { mname: server, rname: `hostmaster.${zone}`, serial: 1, ...times };
  return { type: "SOA", name: zone, ttl: DNS_TTL, data };
}

/** The packet; the codec throws errors of many kinds for octets that are none. */
function read(query: Uint8Array): Packet | undefined {
  try {
    return decode(Buffer.from(query));
  } catch {
    return undefined;
  }
}
