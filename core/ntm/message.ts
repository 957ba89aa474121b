/**
 * What a control message is: a number and a name in the registry, a layout, the key it travels under.
 *
 * @module
 */
import { CborReader, CborWriter } from "./cbor.ts";
import { within } from "./kinds.ts";
import type { KeyLabel } from "./key_labels.ts";
import { type Fields, required, type Shape, structure } from "./structure.ts";
import { number32 } from "./values.ts";

/** How a message travels: over TLS, or in datagrams under one of these keys. */
export type Carriage = "tls" | readonly KeyLabel[];

/** A kind of control message. */
export interface Message<T> {
  /** As in the documents: `Login Request`. */
  readonly name: string;
  /** The header's type octet. */
  readonly type: number;
  readonly carriage: readonly Carriage[];
  /** Its CDDL. */
  readonly rule: string;
  /** Writes the plaintext. Throws `NtmEncodeError`. */
  encode(value: T): Uint8Array<ArrayBuffer>;
  /** Reads the whole plaintext. Throws `NtmDecodeError`. */
  decode(plaintext: Uint8Array): T;
  /** As JSON: octets as hexadecimal text, endpoints and path ids as text. */
  show(value: T): unknown;
  /** From JSON. Throws `NtmEncodeError`. */
  take(json: unknown): T;
}

/** The value of a kind of message. */
export type ValueOf<M> = M extends Message<infer T> ? T : never;

const transaction = required(0, number32);
/** Key 0 of every control message pairs an answer with its request. */
export interface Transaction {
  readonly transaction: number;
}

/** Describes a message. Field keys begin at 1; key 0 is the transaction. */
export function message<F extends Fields>(
  about: { readonly name: string; readonly type: number; readonly carriage: readonly Carriage[] },
  fields: F,
  check?: (value: Shape<F>) => string | undefined,
): Message<Shape<F> & Transaction> {
  type Value = Shape<F> & Transaction;
  const { name } = about;
  const rule = name.toLowerCase().replaceAll(" ", "-");
  const all = { transaction, ...fields };
  const layout = structure(rule, all, (value) => check?.(value as unknown as Shape<F>));
  type Whole = Parameters<typeof layout.write>[1];
  return {
    ...about,
    rule: layout.rule,
    encode(value: Value) {
      const writer = new CborWriter();
      within(name, () => layout.write(writer, value as unknown as Whole));
      return writer.finish();
    },
    decode(plaintext) {
      return within(name, () => {
        const reader = new CborReader(plaintext);
        const value = layout.read(reader);
        reader.end();
        return value as unknown as Value;
      });
    },
    show: (value: Value) => layout.show(value as unknown as Whole),
    take: (json) => within(name, () => layout.take(json)) as unknown as Value,
  };
}
