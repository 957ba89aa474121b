/**
 * NTMobile's wire behind the functions of docs/vectors.md, "Codec functions".
 *
 * @module
 */
import { Association } from "../../core/ntm/association.ts";
import { decodeHeader, encodeHeader } from "../../core/ntm/header.ts";
import { DIRECTIONS } from "../../core/ntm/key_labels.ts";
import { agreedSecret, directionKey, renewedSecret } from "../../core/ntm/key_schedule.ts";
import { type AnyMessage, messageNamed } from "../../core/ntm/message_types.ts";
import { network } from "../../core/ntm/messages/mod.ts";
import { decidePath } from "../../core/ntm/path_decision.ts";
import { endpoints, formatPathId, pathId } from "../../core/ntm/values.ts";
import { sharedSecret } from "../../core/ntm/x25519.ts";
import { type CodecFunction, takes } from "./codec_function.ts";
import { inputs } from "./codec_inputs.ts";
import { CodecError } from "./implementation.ts";

/** The functions, by name. */
export const ntmFunctions: Readonly<Record<string, CodecFunction>> = {
  "ntm.header.decode": takes(inputs.ntmOctets, (input) => {
    const { type, pathId, sequence } = decodeHeader(Uint8Array.fromHex(input.hex));
    return { type, pathId: formatPathId(pathId), sequence };
  }),
  "ntm.header.encode": takes(inputs.ntmHeader, (input) => ({
    hex: encodeHeader({ ...input, pathId: pathId.take(input.pathId) }).toHex(),
  })),
  "ntm.message.decode": takes(inputs.ntmMessage, (input) => {
    const message = named(input.message);
    return { fields: message.show(message.decode(Uint8Array.fromHex(input.hex))) };
  }),
  "ntm.message.encode": takes(inputs.ntmFields, (input) => {
    const message = named(input.message);
    return { hex: message.encode(message.take(input.fields)).toHex() };
  }),
  "ntm.keys.derive": takes(inputs.ntmKey, (input) => {
    const { key, salt } = directionKey(associationOf(input), input.direction);
    return { key: key.toHex(), salt: salt.toHex() };
  }),
  "ntm.keys.agree": takes(inputs.ntmAgreement, (input) => {
    const octets = (text: string) => Uint8Array.fromHex(text);
    const peers = octets(input.side === "request" ? input.responseShare : input.requestShare);
    const shared = sharedSecret(octets(input.private), peers);
    if (!shared) {
      throw new CodecError({ code: "share", message: "the share gives a secret of zeros" });
    }
    const agreement = {
      label: input.label,
      shared,
      requestShare: octets(input.requestShare),
      requestNonce: octets(input.requestNonce),
      responseShare: octets(input.responseShare),
      responseNonce: octets(input.responseNonce),
    };
    const secret = input.old === undefined
      ? agreedSecret(agreement)
      : renewedSecret(agreement, octets(input.old));
    return { secret: secret.toHex() };
  }),
  "ntm.seal": takes(inputs.ntmSeal, (input) => {
    const association = new Association({
      ...associationOf(input),
      own: input.direction,
      others: [],
      firstSequence: input.sequence,
    });
    return { hex: association.seal(input.type, Uint8Array.fromHex(input.plaintext)).toHex() };
  }),
  "ntm.open": takes(inputs.ntmOpen, (input) => {
    const own = DIRECTIONS.find((direction) => !input.from.includes(direction))!;
    const association = new Association({ ...associationOf(input), own, others: input.from });
    return {
      results: input.datagrams.map((datagram) => {
        const opened = association.open(Uint8Array.fromHex(datagram));
        if (!opened.ok) return { dropped: opened.cause };
        const { header: { type, sequence }, plaintext, from } = opened;
        return { type, sequence, plaintext: plaintext.toHex(), from };
      }),
    };
  }),
  "ntm.path.decide": takes(inputs.ntmPath, (input) => {
    const path = decidePath(network.take(input.initiator), network.take(input.responder));
    if (path.is === "relay") return { path: "relay" };
    const { family, starts, endpoints: { initiator, responder } } = path;
    return {
      path: "direct",
      family,
      starts,
      endpoints: { initiator: endpoints.show(initiator), responder: endpoints.show(responder) },
    };
  }),
};

function named(name: string): AnyMessage {
  const message = messageNamed(name);
  if (!message) throw new CodecError({ code: "input", message: `no message is named ${name}` });
  return message;
}

function associationOf<A extends { readonly id: string; readonly secret: string }>(input: A) {
  return { ...input, id: pathId.take(input.id), secret: Uint8Array.fromHex(input.secret) };
}
