/**
 * Our own codecs and checks behind the functions of docs/vectors.md, "Codec functions".
 *
 * @module
 */
import { parseIp } from "../../core/net/address.ts";
import type { Channel, SecurityLevel } from "../../core/net/channel.ts";
import { parseDocument } from "../../core/config/document.ts";
import {
  KEY_INFO,
  KeyInformationError,
  parseKeyInformationLines,
} from "../../core/sdp/key_information.ts";
import { attributes, mediaLine, parseSdp, SdpError } from "../../core/sdp/session_description.ts";
import { digestResponse, ha1 } from "../../core/sip/digest.ts";
import { Headers } from "../../core/sip/headers.ts";
import type { SipMessage, SipRequest, SipResponse } from "../../core/sip/message.ts";
import { parseMessage, SipParseError } from "../../core/sip/parse.ts";
import {
  parseRouteSecurity,
  parseRouteSecurityValue,
  routeSecurity,
  RouteSecurityError,
} from "../../core/sip/route_security.ts";
import { checkRequest, checkResponse, judgeChain } from "../../core/sip/route_security_check.ts";
import { serializeMessage } from "../../core/sip/serialize.ts";
import { checkFrom } from "../../core/sip/spoof_check.ts";
import { addressOfRecord, parseUri } from "../../core/sip/uri.ts";
import { vectorSchema } from "../format/vector.ts";
import { matcher } from "../format/message.ts";
import { checkSemantics } from "../load/semantics.ts";
import { placed } from "../load/document.ts";
import { matchText } from "../match/match.ts";
import { type Codec, CodecError } from "./implementation.ts";
import { type CodecFunction, takes } from "./codec_function.ts";
import { inputs } from "./codec_inputs.ts";
import { NtmDecodeError, NtmEncodeError } from "../../core/ntm/errors.ts";
import { ntmFunctions } from "./codec_ntm.ts";

export type { CodecFunction } from "./codec_function.ts";

/** The functions of the reference, by name. */
export const codecFunctionsOfOurs: Readonly<Record<string, CodecFunction>> = {
  "sip.parse": takes(inputs.parse, (input) => {
    const parsed = parseMessage(octetsOf(input), { mode: input.mode ?? "strict" });
    if (!parsed.ok) throw parsed.error;
    return { ...messageView(parsed.message), deviations: parsed.deviations };
  }),
  "sip.roundtrip": takes(inputs.source, (input) => {
    const octets = octetsOf(input);
    const out = serializeMessage(messageOf(octets));
    const same = out.length === octets.length && out.every((octet, at) => octet === octets[at]);
    return { base64: out.toBase64(), same };
  }),
  "name.canonical": takes(inputs.uri, ({ uri }) => {
    const parsed = parseUri(uri);
    if (parsed.kind !== "sip") throw failure("syntax", `${uri} is no sip or sips URI`);
    return { name: addressOfRecord(parsed) };
  }),
  "address.canonical": takes(inputs.text, ({ text }) => {
    const address = parseIp(text);
    if (address === undefined) throw failure("syntax", `${text} is no IP address`);
    return { address };
  }),
  "route-security.parse": takes(inputs.fields, ({ fields }) => {
    const headers = new Headers();
    for (const field of fields) headers.append("Route-Security", field);
    return {
      values: parseRouteSecurity(headers).map(({ address, level, parameters }) => ({
        address,
        ...(level !== undefined && { level }),
        parameters: Object.fromEntries(parameters.map(({ name, value }) => [name, value ?? true])),
      })),
    };
  }),
  "route-security.format": takes(inputs.value, ({ address, level }) => ({
    text: routeSecurity(address, level).raw,
  })),
  "route-security.check-request": takes(inputs.checkRequest, (input) => {
    const { mismatch, minimumLevel } = input;
    const verdict = checkRequest(requestOf(input.message), channelOf(input), {
      mismatch,
      ...(minimumLevel !== undefined && { minimumLevel }),
    });
    if (verdict.verdict === "mark") return { verdict: "mark", value: verdict.value.raw };
    return verdict.verdict === "pass" ? { verdict: "pass" } : refused(verdict.cause);
  }),
  "route-security.check-response": takes(inputs.checkResponse, (input) => {
    const sent = input.sent.map(parseRouteSecurityValue);
    const own = input.own === undefined ? undefined : parseRouteSecurityValue(input.own);
    const { mode, last } = input;
    const verdict = checkResponse(responseOf(input.message), sent, own, { mode, last });
    return verdict.verdict === "pass" ? { verdict: "pass" } : refused(verdict.cause);
  }),
  "route-security.judge-chain": takes(inputs.judgeChain, (input) => {
    const { minimumLevel, mode, side, links } = input;
    const message = messageOf(wire(input.message));
    const verdict = judgeChain(message, channelOf(input), {
      ...{ minimumLevel, mode, side },
      ...(links !== undefined && { links }),
    });
    return verdict.verdict === "pass" ? { verdict: "pass" } : refused(verdict.cause);
  }),
  "spoof.check": takes(inputs.spoof, ({ message, names, serverDomain }) => {
    const channel = channelOf({ remote: "192.0.2.1", level: 3, names });
    const parsed = parseMessage(wire(message));
    if (!parsed.ok) return refused(parsed.error.message);
    const request = requestOnly(parsed.message);
    const verdict = checkFrom(request, channel, serverDomain === undefined ? {} : { serverDomain });
    return verdict.ok ? { verdict: "pass" } : refused(verdict.cause);
  }),
  "digest.answer": takes(inputs.digest, (input) => {
    const { username, realm, password, algorithm, method } = input;
    const secret = ha1(username, realm, password, algorithm);
    return {
      response: digestResponse(secret, method, input),
      rspauth: digestResponse(secret, "", input),
    };
  }),
  "sdp.parse": takes(inputs.text, ({ text }) => {
    const sdp = parseSdp(text);
    const sections = [sdp.lines, ...sdp.media.map(({ lines }) => lines)];
    const keys = parseKeyInformationLines(sections.flatMap((lines) => attributes(lines, KEY_INFO)));
    return {
      media: sdp.media.map((media) => {
        const line = mediaLine(media);
        if (!line) throw failure("syntax", "an m= line cannot be read");
        const { kind, port, protocol, formats } = line;
        return { kind, port, protocol, formats };
      }),
      attributes: sections.flat().filter(({ type }) => type === "a").map(({ value }) => {
        const colon = value.indexOf(":");
        return colon < 0 ? [value, ""] : [value.slice(0, colon), value.slice(colon + 1)];
      }),
      ...(keys[0] && {
        key: { tag: keys[0].tag, suite: keys[0].suite, nonce: keys[0].nonce.toBase64() },
      }),
    };
  }),
  "vector.check": takes(inputs.text, ({ text }) => {
    const parsed = parseDocument(text, { file: "vector", schema: vectorSchema });
    const problems = parsed.ok
      ? placed("vector", parsed.positions, checkSemantics(parsed.value, undefined))
      : parsed.problems;
    return { problems: problems.map(({ line, column, what }) => ({ line, column, what })) };
  }),
  "vector.match": takes(inputs.match, (input) => ({
    matches: matchText(matcher.parse(input.matcher), input.value, () => {}) === undefined,
  })),
  ...ntmFunctions,
};

/** The reference's codecs and checks. */
export const referenceCodec: Codec = codecOf(codecFunctionsOfOurs);

/** A codec made of functions; their errors become {@link CodecError}s. */
export function codecOf(functions: Readonly<Record<string, CodecFunction>>): Codec {
  return {
    compute(name, input) {
      const compute = functions[name];
      if (!compute) throw new CodecError({ code: "unsupported", message: `no function ${name}` });
      try {
        return compute(input);
      } catch (error) {
        throw asCodecError(error);
      }
    },
  };
}

function asCodecError(error: unknown): unknown {
  if (error instanceof SipParseError) {
    return new CodecError({ code: "syntax", status: error.status, message: error.message });
  }
  const syntax = error instanceof RouteSecurityError || error instanceof SdpError ||
    error instanceof KeyInformationError || error instanceof NtmDecodeError ||
    error instanceof NtmEncodeError;
  return syntax ? failure("syntax", error.message) : error;
}

function failure(code: string, message: string): CodecError {
  return new CodecError({ code, message });
}

function refused(cause: string) {
  return { verdict: "refuse", cause };
}

function octetsOf(input: { text: string } | { base64: string }): Uint8Array {
  return "text" in input
    ? new TextEncoder().encode(input.text)
    : Uint8Array.fromBase64(input.base64);
}

/** A message as vectors write it: LF stands for CRLF. */
function wire(text: string): Uint8Array {
  return new TextEncoder().encode(text.replace(/\r?\n/g, "\r\n"));
}

function messageOf(octets: Uint8Array): SipMessage {
  const parsed = parseMessage(octets);
  if (!parsed.ok) throw parsed.error;
  return parsed.message;
}

function requestOnly(message: SipMessage): SipRequest {
  if (message.kind !== "request") throw failure("input", "the message is no request");
  return message;
}

function requestOf(text: string): SipRequest {
  return requestOnly(messageOf(wire(text)));
}

function responseOf(text: string): SipResponse {
  const message = messageOf(wire(text));
  if (message.kind !== "response") throw failure("input", "the message is no response");
  return message;
}

function messageView(message: SipMessage) {
  const headers = message.headers.fields.map(({ name, value }) => [name, value]);
  const body = new TextDecoder().decode(message.body);
  if (message.kind === "request") {
    return { kind: "request", method: message.method, uri: message.uri, headers, body };
  }
  return { kind: "response", status: message.status, reason: message.reason, headers, body };
}

/** A channel for the checks, which look at its ends, its names and its level. */
function channelOf(
  { remote, local = "192.0.2.254", level, names = [] }: {
    remote: string;
    local?: string;
    level: SecurityLevel;
    names?: readonly string[];
  },
): Channel {
  return {
    id: "codec",
    kind: "tls",
    local: { host: local, port: 5061 },
    remote: { host: remote, port: 5061 },
    names: new Set(names),
    level,
    open: true,
  };
}
