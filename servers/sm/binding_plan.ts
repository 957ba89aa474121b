/**
 * What a REGISTER changes (RFC 3261 §10.3 steps 6 and 7), as a function of what is there and what is
 * asked.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import { contactExpires, contactQuality, contacts, deltaSeconds } from "../../core/sip/contact.ts";
import { parseCSeq } from "../../core/sip/cseq.ts";
import { SipParseError } from "../../core/sip/errors.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import type { NameAddr } from "../../core/sip/name_addr.ts";
import { formatUri, parseUri, sameUri, type SipUri } from "../../core/sip/uri.ts";
import type { Registration } from "../../core/store/mod.ts";
import type { RegistrationConfig } from "./config.ts";

/** A binding in memory: `channel` is the open channel it was registered over, if it is still open. */
export interface Binding extends Registration {
  readonly channel?: Channel | undefined;
}

/** What to do. */
export type BindingPlan =
  | {
    readonly ok: true;
    readonly put: readonly Binding[];
    readonly remove: readonly Binding[];
    /** Those of `remove` that the terminal has left for a new channel, not taken away. */
    readonly moved: readonly Binding[];
  }
  | {
    readonly ok: false;
    readonly status: 400 | 403 | 423 | 500;
    readonly text: string;
  };

/** Plans a REGISTER for `name`, whose bindings now are `current` (none of them expired). */
export function planBindings(
  request: SipRequest,
  channel: Channel,
  name: string,
  current: readonly Binding[],
  { config, now }: { readonly config: RegistrationConfig; readonly now: number },
): BindingPlan {
  let asked: ReturnType<typeof contacts>;
  let cseq: number;
  try {
    asked = contacts(request.headers);
    cseq = parseCSeq(request.headers.get("CSeq") ?? "").number;
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return refuse(400, `Contact or CSeq cannot be read: ${error.message}`);
  }
  const callId = request.headers.get("Call-ID") ?? "";
  const expiresField = request.headers.get("Expires");
  const expires = expiresField === undefined ? undefined : deltaSeconds(expiresField);
  const late = (binding: Binding) => binding.callId === callId && cseq <= binding.cseq;

  if (asked === "*") {
    // "The Contact header field value "*" … MUST NOT be used unless Expires is "0"" (§10.2.2)
    if (expires !== 0) return refuse(400, "Contact: * needs Expires: 0");
    if (current.some(late)) return refuse(500, "CSeq is not higher than the one before");
    return { ok: true, put: [], remove: current, moved: [] };
  }

  const put: Binding[] = [];
  const remove = new Set<Binding>();
  const moved = new Set<Binding>();
  for (const contact of asked) {
    const { uri } = contact;
    if (uri.kind !== "sip") return refuse(400, "Contact is no sip or sips URI");
    const seconds = contactExpires(contact) ?? expires ?? config.defaultSeconds;
    const instance = contact.parameters.get("+sip.instance");
    const same = current.filter((binding) => isSame(binding, uri, instance));
    if (same.some(late)) return refuse(500, "CSeq is not higher than the one before");
    for (const binding of same) {
      remove.add(binding);
      if (seconds > 0 && binding.channel !== channel) moved.add(binding);
    }
    if (seconds === 0) continue;
    if (seconds < config.minimumSeconds) {
      return refuse(423, `at least ${config.minimumSeconds} seconds`);
    }
    const made = bindingOf(contact, uri, Math.min(seconds, config.maximumSeconds));
    const twice = put.findIndex((binding) => isSame(binding, uri, instance));
    if (twice < 0) put.push(made);
    else put[twice] = made;
  }
  // The same client on a new channel with a new contact: its Call-ID says so (§10.2.4).
  if (put.length > 0) {
    for (const binding of current) {
      if (binding.callId !== callId || remove.has(binding) || onFlow(binding, channel)) continue;
      remove.add(binding);
      moved.add(binding);
    }
  }
  const left = current.filter((binding) => !remove.has(binding));
  const excess = put.length + left.length - config.contacts;
  if (put.length > 0 && excess > 0) {
    // Those whose channel is gone can be reached by nobody: they make room first, the oldest before.
    const unreachable = left.filter((binding) => !binding.channel?.open)
      .sort((a, b) => a.expires - b.expires).slice(0, excess);
    if (unreachable.length < excess) {
      return refuse(403, `more than ${config.contacts} contacts for one name`);
    }
    for (const binding of unreachable) remove.add(binding);
  }
  return { ok: true, put, remove: [...remove], moved: [...moved] };

  function bindingOf(contact: NameAddr, uri: SipUri, seconds: number): Binding {
    const instance = contact.parameters.get("+sip.instance");
    return {
      name,
      contact: formatUri(uri),
      q: Math.round(contactQuality(contact) * 1000),
      callId,
      cseq,
      expires: now + seconds * 1000,
      ...(instance === undefined ? {} : { instance }),
      kind: channel.kind,
      local: channel.local,
      remote: channel.remote,
      channel,
    };
  }
}

/** The same terminal's binding: same contact (§19.1.4), or same instance (RFC 5626 §6). */
function isSame(binding: Binding, uri: SipUri, instance: string | undefined): boolean {
  if (instance !== undefined && binding.instance === instance) return true;
  return sameUri(parseUri(binding.contact), uri);
}

/** Whether the binding was made over this channel. */
function onFlow(binding: Binding, channel: Channel): boolean {
  return binding.channel === channel;
}

function refuse(status: 400 | 403 | 423 | 500, text: string): BindingPlan {
  return { ok: false, status, text };
}
