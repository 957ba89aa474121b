/**
 * The registry: every type octet, what it means and under which keys it travels (docs/wire.md,
 * "Messages"). Requests have even numbers; the answer to one has the next number.
 *
 * @module
 */
import type { KeyLabel } from "./key_labels.ts";
import type { Message } from "./message.ts";
import * as messages from "./messages/mod.ts";

/** A message of any content. */
export type AnyMessage = Message<unknown>;

/** Every control message, by ascending type. */
export const CONTROL_MESSAGES: readonly AnyMessage[] = [
  messages.loginRequest,
  messages.loginResponse,
  messages.bootstrapRequest,
  messages.bootstrapResponse,
  messages.keyAgreementRequest,
  messages.keyAgreementResponse,
  messages.keyRenewalRequest,
  messages.keyRenewalResponse,
  messages.keyDistribution,
  messages.keyDistributionAck,
  messages.authenticationRequest,
  messages.authenticationResponse,
  messages.registrationRequest,
  messages.registrationResponse,
  messages.reauthenticationRequest,
  messages.reauthenticationResponse,
  messages.directionRequest,
  messages.directionResponse,
  messages.ntmInformationRequest,
  messages.ntmInformationResponse,
  messages.routeDirection,
  messages.routeDirectionAck,
  messages.routeDirectionRequest,
  messages.routeDirectionResponse,
  messages.relayDirection,
  messages.relayResponse,
  messages.pathOpen,
  messages.pathOpened,
  messages.tunnelRequest,
  messages.tunnelResponse,
  messages.tunnelContent,
  messages.errorResponse,
] as unknown as AnyMessage[];

/** Type of a datagram that keeps a path open: it has no content. */
export const KEEP_ALIVE = 0x40;
/** Type of a datagram that carries an encapsulated IP packet (`ip_packet.ts`). */
export const DATA = 0x41;
/** Type of {@link messages.errorResponse}, which answers any request. */
export const ERROR = messages.errorResponse.type;

/** What a type octet says. */
export interface TypeEntry {
  readonly type: number;
  readonly name: string;
  /** Labels of the keys its datagrams travel under; none for a message over TLS alone. */
  readonly keys: readonly KeyLabel[];
  readonly tls: boolean;
  /** What the plaintext is. */
  readonly content: AnyMessage | "nothing" | "ip packet";
}

/** All types, ascending. */
export const MESSAGE_TYPES: readonly TypeEntry[] = [
  ...CONTROL_MESSAGES.map((content): TypeEntry => ({
    type: content.type,
    name: content.name,
    keys: content.carriage.flatMap((carriage) => carriage === "tls" ? [] : carriage),
    tls: content.carriage.includes("tls"),
    content,
  })),
  {
    type: KEEP_ALIVE,
    name: "Keep-alive",
    keys: ["kmncn"],
    tls: false,
    content: "nothing",
  } as const,
  { type: DATA, name: "Data", keys: ["kmncn"], tls: false, content: "ip packet" } as const,
].sort((a, b) => a.type - b.type);

const byType = new Map(MESSAGE_TYPES.map((entry) => [entry.type, entry]));
const byName = new Map(CONTROL_MESSAGES.map((content) => [content.name, content]));

/** What a type octet says; undefined if nothing. */
export function messageType(type: number): TypeEntry | undefined {
  return byType.get(type);
}

/** A control message by its name in the documents. */
export function messageNamed(name: string): AnyMessage | undefined {
  return byName.get(name);
}

/** Whether a message of this type answers a request of that one. */
export function answers(type: number, request: number): boolean {
  return request % 2 === 0 && (type === request + 1 || type === ERROR);
}
