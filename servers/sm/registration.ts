/**
 * REGISTER for the server's own domain, from the request to its answer (RFC 3261 §10.3).
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import { makeResponse } from "../../core/sip/build.ts";
import { quote } from "../../core/sip/cursor.ts";
import { SipParseError } from "../../core/sip/errors.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { parseNameAddr } from "../../core/sip/name_addr.ts";
import { addressOfRecord } from "../../core/sip/uri.ts";
import type { SmParts } from "./parts.ts";
import { hidden, type Refusal, refusalResponse, sipRefusal, spoofRefusal } from "./refusal.ts";
import type { Binding } from "./binding_plan.ts";

/** What answering needs. */
export interface RegistrationServices {
  readonly domain: string;
  readonly minimumSeconds: number;
  readonly parts: SmParts;
  toTag(): string;
  /** A REGISTER was not taken. */
  note(cause: string, name: string | undefined, channel: Channel): void;
}

/** The answer to a REGISTER. Resolves once what it says is on disk. */
export async function answerRegister(
  services: RegistrationServices,
  request: SipRequest,
  channel: Channel,
  certified: boolean,
): Promise<SipResponse> {
  const { domain, parts, note } = services;
  const refuse = (refusal: Refusal, name?: string): SipResponse => {
    note(refusal.cause, name, channel);
    return refusalResponse(request, refusal, services.toTag());
  };

  // §10.3 step 2: an extension that is asked for and not known here.
  if (request.headers.has("Require")) {
    const unsupported = request.headers.list("Require").join(", ");
    return refuse(
      sipRefusal(420, "no extension is supported that Require could ask for", [
        ["Unsupported", unsupported],
      ]),
    );
  }
  const to = nameIn(request, "To");
  const from = nameIn(request, "From");
  if (to === undefined || from === undefined) {
    return refuse(sipRefusal(400, "To and From need a sip or sips URI"));
  }
  // §10.3 step 5: a name that is not of this domain.
  if (to.host !== domain || !to.name.includes("@")) return refuse(hidden, to.name);
  if (from.name !== to.name) {
    return refuse(spoofRefusal("From is not the name that is registered"), to.name);
  }
  if (certified && !channel.names.has(to.name)) {
    return refuse(spoofRefusal("To is not a name of this channel's certificate"), to.name);
  }

  const proof = await parts.authenticator.prove(request, channel, to.name);
  if (!proof.ok) {
    if ("forbidden" in proof) return refuse(spoofRefusal(proof.forbidden), to.name);
    note(proof.cause, to.name, channel);
    return makeResponse(request, 401, undefined, {
      toTag: services.toTag(),
      headers: proof.challenges.map((value) => ["WWW-Authenticate", value] as const),
    });
  }

  const result = await parts.registrar.register(request, channel, to.name);
  if (!result.ok) {
    const extra: [string, string][] = result.status === 423
      ? [["Min-Expires", String(services.minimumSeconds)]]
      : [];
    return refuse(sipRefusal(result.status, result.text, extra), to.name);
  }
  // Inside TLS, whose certificate the terminal has checked, the digest has proven the other end too.
  if (proof.info !== undefined && channel.kind === "tls" && channel.open) channel.level = 3;
  return makeResponse(request, 200, undefined, {
    toTag: services.toTag(),
    headers: [
      ...result.bindings.map((binding) => ["Contact", contactOf(binding, result.now)] as const),
      ...(proof.info === undefined ? [] : [["Authentication-Info", proof.info] as const]),
    ],
  });
}

function contactOf({ contact, expires, q, instance }: Binding, now: number): string {
  const quality = q === 1000 ? "" : `;q=${q / 1000}`;
  const named = instance === undefined ? "" : `;+sip.instance=${quote(instance)}`;
  return `<${contact}>${quality}${named};expires=${Math.ceil((expires - now) / 1000)}`;
}

/** Host and canonical name of From or To; undefined if it is not there or no SIP URI. */
function nameIn(
  request: SipRequest,
  header: "From" | "To",
): { name: string; host: string } | undefined {
  if (request.headers.count(header) !== 1) return undefined;
  try {
    const { uri } = parseNameAddr(request.headers.get(header) ?? "");
    return uri.kind === "sip" ? { name: addressOfRecord(uri), host: uri.host } : undefined;
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}
