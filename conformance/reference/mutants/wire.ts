/**
 * A message on the wire as a meddler sees it: a start line, fields and a body, changed by name and
 * written out again. It is read loosely on purpose, so that a meddler can touch what a strict parser
 * would refuse.
 *
 * @module
 */

const COMPACT: Readonly<Record<string, string>> = {
  v: "via",
  f: "from",
  t: "to",
  i: "call-id",
  m: "contact",
  l: "content-length",
  c: "content-type",
};

const latin1 = new TextDecoder("latin1");

/** One message, to read and change. */
export class Wire {
  constructor(
    public start: string,
    public fields: { name: string; value: string }[],
    public body: Uint8Array,
  ) {}

  /** Reads a message; undefined if the octets have no end of a head. */
  static read(octets: Uint8Array): Wire | undefined {
    const text = latin1.decode(octets);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [start = "", ...lines] = text.slice(0, end).split("\r\n");
    const fields: { name: string; value: string }[] = [];
    for (const line of lines) {
      const last = fields[fields.length - 1];
      if (/^[ \t]/.test(line) && last) last.value += line;
      else {
        const colon = line.indexOf(":");
        fields.push(
          colon < 0
            ? { name: line, value: "" }
            : { name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() },
        );
      }
    }
    return new Wire(start, fields, octets.slice(end + 4));
  }

  /** The method of a request, or "" for a response. */
  get method(): string {
    return this.isResponse ? "" : this.start.split(" ")[0] ?? "";
  }

  /** The method in CSeq: of a request its own, of a response that of the request it answers. */
  get cseqMethod(): string {
    return /\S+$/.exec(this.get("CSeq") ?? "")?.[0] ?? "";
  }

  /** The status of a response, or 0. */
  get status(): number {
    return Number(/^SIP\/2\.0 (\d{3})/.exec(this.start)?.[1] ?? 0);
  }

  get isResponse(): boolean {
    return this.start.startsWith("SIP/");
  }

  /** The first field of this name. */
  get(name: string): string | undefined {
    return this.fields.find((field) => keyOf(field.name) === keyOf(name))?.value;
  }

  /** All values of a list header, cut at commas outside quotes and brackets. */
  list(name: string): string[] {
    return this.fields.filter((field) => keyOf(field.name) === keyOf(name))
      .flatMap(({ value }) => value.match(/(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,])+/g) ?? [])
      .map((value) => value.trim());
  }

  /** Replaces all fields of this name, in the first one's place. */
  set(name: string, value: string): this {
    const at = this.fields.findIndex((field) => keyOf(field.name) === keyOf(name));
    if (at < 0) this.fields.push({ name, value });
    else {
      this.fields = this.fields.filter((field, index) =>
        index <= at || keyOf(field.name) !== keyOf(name)
      );
      this.fields[at] = { name, value };
    }
    return this;
  }

  delete(name: string): this {
    this.fields = this.fields.filter((field) => keyOf(field.name) !== keyOf(name));
    return this;
  }

  /** Replaces the body, text in UTF-8, and the length with it. */
  setBody(text: string): this {
    this.body = new TextEncoder().encode(text);
    return this.set("Content-Length", String(this.body.length));
  }

  clone(): Wire {
    return new Wire(this.start, this.fields.map((field) => ({ ...field })), this.body.slice());
  }

  write(): Uint8Array {
    const lines = this.fields.map(({ name, value }) => `${name}: ${value}\r\n`).join("");
    const head = Uint8Array.from(
      `${this.start}\r\n${lines}\r\n`,
      (character) => character.charCodeAt(0),
    );
    const octets = new Uint8Array(head.length + this.body.length);
    octets.set(head);
    octets.set(this.body, head.length);
    return octets;
  }
}

function keyOf(name: string): string {
  const lower = name.toLowerCase();
  return COMPACT[lower] ?? lower;
}

/** Cuts a stream into messages by Content-Length; what cannot be cut comes out as it stands. */
export class Cutter {
  #rest = new Uint8Array(0);

  /** Whole messages that the octets complete, line ends before a message included. */
  push(octets: Uint8Array): Uint8Array[] {
    const joined = new Uint8Array(this.#rest.length + octets.length);
    joined.set(this.#rest);
    joined.set(octets, this.#rest.length);
    const out: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const text = latin1.decode(joined.subarray(at));
      const lead = /^(?:\r\n)*/.exec(text)?.[0].length ?? 0;
      const end = text.indexOf("\r\n\r\n", lead);
      if (end < 0) {
        // Line ends alone are keep-alives; they have nothing to wait for.
        if (lead > 0 && lead === text.length) {
          out.push(joined.slice(at));
          at = joined.length;
        }
        break;
      }
      const head = text.slice(lead, end + 2);
      const length = Number(
        /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r$/im.exec(head)?.[1],
      );
      const size = end + 4 + (Number.isFinite(length) ? length : 0);
      if (at + size > joined.length) break;
      out.push(joined.slice(at, at + size));
      at += size;
    }
    this.#rest = joined.slice(at);
    return out;
  }
}
