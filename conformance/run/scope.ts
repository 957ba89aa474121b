/**
 * Variables of a running case.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { SipMessage } from "../../core/sip/message.ts";
import { type Parts, parts, type Scope, type Value } from "../expand/variables.ts";
import { listElements, parametersOf, uriOf } from "../match/text.ts";
import type { Dialog } from "../peers/dialog.ts";
import { type Peer, unique } from "../peers/peer.ts";
import { domain } from "../format/profiles.ts";
import { sdp } from "./sdp.ts";

const decoder = new TextDecoder();

const messages = new WeakMap<object, SipMessage>();

/** The message a variable stands for, if it stands for one. */
export function keptMessage(value: Value): SipMessage | undefined {
  return typeof value === "object" ? messages.get(value) : undefined;
}

/** A message as a variable. */
export function messageValue(message: SipMessage): Parts {
  const value = messageParts(message);
  messages.set(value, message);
  return value;
}

function messageParts(message: SipMessage): Parts {
  return parts(
    (name) => {
      if (name === "body") return decoder.decode(message.body);
      if (message.kind === "request") {
        if (name === "method") return message.method;
        if (name === "uri") return message.uri;
      } else {
        if (name === "status") return message.status;
        if (name === "reason") return message.reason;
      }
      const fields = message.headers.getAll(name);
      return fields.length === 0 ? undefined : headerValue(fields.join(", "));
    },
    () => message.kind === "request" ? `${message.method} ${message.uri}` : String(message.status),
  );
}

/** A header's value as a variable: the whole, an element by number from 1, a parameter, the URI. */
function headerValue(text: string): Parts {
  const elements = listElements(text);
  return parts((name) => {
    const index = name === "first" ? 0 : name === "last" ? elements.length - 1 : Number(name) - 1;
    if (Number.isInteger(index)) {
      const element = elements[index];
      return element === undefined ? undefined : elementValue(element);
    }
    return elementPart(elements[0] ?? text, name);
  }, () => text);
}

function elementValue(text: string): Parts {
  return parts((name) => elementPart(text, name), () => text);
}

function elementPart(text: string, name: string): Value | undefined {
  return name === "uri" ? uriOf(text) : parametersOf(text).get(name.toLowerCase());
}

function dialogValue(dialog: Dialog): Parts {
  const { callId, localTag, remoteTag, target, routes, localUri, remoteUri, cseq } = dialog;
  const values: Record<string, Value> = {
    callId,
    localTag,
    remoteTag,
    target,
    routes: routes.join(", "),
    localUri,
    remoteUri,
    cseq,
  };
  return parts((name) => values[name], () => callId);
}

/** The IUT at an address, as a variable. */
export function placeValue(address: Address, facts: { domain: string; level: number }): Parts {
  const bracketed = `[${address.host}]`;
  const values: Record<string, Value> = {
    address: address.host,
    host: address.host,
    bracketed,
    port: address.port,
    domain: facts.domain,
    name: `sip:${facts.domain}`,
    routeSecurity: `${bracketed};level=${facts.level}`,
  };
  return parts((name) => values[name], () => address.host);
}

/** A peer as a variable. */
export function peerValue(peer: Peer, iut: () => Value | undefined): Parts {
  const values: Record<string, () => Value | undefined> = {
    address: () => peer.address.host,
    bracketed: () => `[${peer.address.host}]`,
    port: () => peer.address.port,
    name: () => peer.facts.uri,
    user: () => peer.user,
    domain: () => peer.domain,
    password: () => peer.facts.password,
    contact: () => peer.contact,
    transport: () => peer.facts.kind,
    level: () => peer.level,
    routeSecurity: () => peer.routeSecurity,
    iut,
    last: () => peer.lastReceived && messageValue(peer.lastReceived),
    sent: () => peer.lastSent && messageValue(peer.lastSent),
    dialog: () => {
      const dialog = peer.dialogOf();
      return dialog && dialogValue(dialog);
    },
    rspauth: () => peer.rspauth,
  };
  return parts((name) => values[name]?.(), () => peer.facts.uri);
}

/** Names that are there in every case. */
export function commonScope(mode: string): Scope {
  return {
    look(name) {
      if (name === "domain") return domain;
      if (name === "unique") return unique();
      if (name === "mode") return mode;
      return name === "sdp" ? sdp : undefined;
    },
  };
}
