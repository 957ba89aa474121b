/**
 * Authenticated encryption by OpenSSL's libcrypto through FFI: no allocation for a packet.
 *
 * A key is a pair of `EVP_CIPHER_CTX`, the key schedule done once; a packet sets the nonce only.
 *
 * @module
 */
import {
  type Aead,
  type AeadKey,
  type AeadSuite,
  checkArguments,
  checkKey,
  NOT_AUTHENTIC,
  released,
  TAG_OCTETS,
} from "./aead.ts";

const SYMBOLS = {
  EVP_CIPHER_CTX_new: { parameters: [], result: "pointer" },
  /** Wipes the key as well. */
  EVP_CIPHER_CTX_free: { parameters: ["pointer"], result: "void" },
  EVP_CIPHER_CTX_ctrl: { parameters: ["pointer", "i32", "i32", "buffer"], result: "i32" },
  EVP_aes_256_gcm: { parameters: [], result: "pointer" },
  EVP_chacha20_poly1305: { parameters: [], result: "pointer" },
  EVP_CipherInit_ex: {
    parameters: ["pointer", "pointer", "pointer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  EVP_CipherUpdate: { parameters: ["pointer", "buffer", "buffer", "buffer", "i32"], result: "i32" },
  EVP_CipherFinal_ex: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Libcrypto = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of openssl/evp.h. */
const GET_TAG = 0x10;
const SET_TAG = 0x11;
/** Values of EVP_CipherInit_ex's last argument. */
const DECRYPT = 0;
const ENCRYPT = 1;
const SAME = -1;

/** OpenSSL 3, then 1.1: the calls above are the same. */
const LIBRARIES = ["libcrypto.so.3", "libcrypto.so.1.1"];

let opened: Libcrypto | undefined;

/** The back end; undefined if this is not Linux, the library is not there or FFI is not permitted. */
export function libcryptoAead(): Aead | undefined {
  if (Deno.build.os !== "linux") return undefined;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return undefined;
  const lib = opened ??= open();
  if (!lib) return undefined;
  return {
    name: "libcrypto",
    key(suite, octets) {
      checkKey(octets);
      return new LibcryptoKey(lib, suite, octets);
    },
  };
}

function open(): Libcrypto | undefined {
  for (const name of LIBRARIES) {
    try {
      return Deno.dlopen(name, SYMBOLS).symbols;
    } catch { /* not installed, or without one of the calls: the next one */ }
  }
  return undefined;
}

/** Written by the calls and read at once: one of each serves all keys of the thread. */
const written = new Uint8Array(new ArrayBuffer(4));
const tag = new Uint8Array(new ArrayBuffer(TAG_OCTETS));
const nothing = new Uint8Array(new ArrayBuffer(TAG_OCTETS));

class LibcryptoKey implements AeadKey {
  readonly suite: AeadSuite;
  readonly #lib: Libcrypto;
  #sealing: Deno.PointerValue;
  #opening: Deno.PointerValue;

  constructor(lib: Libcrypto, suite: AeadSuite, octets: Uint8Array) {
    this.#lib = lib;
    this.suite = suite;
    const key = new Uint8Array(octets);
    this.#sealing = this.#context(key, ENCRYPT);
    this.#opening = this.#context(key, DECRYPT);
    key.fill(0);
  }

  #context(key: Uint8Array<ArrayBuffer>, direction: number): Deno.PointerValue {
    const context = this.#lib.EVP_CIPHER_CTX_new();
    if (context === null) throw new Error("aead: libcrypto has no memory for a key");
    const cipher = this.suite === "aes-256-gcm"
      ? this.#lib.EVP_aes_256_gcm()
      : this.#lib.EVP_chacha20_poly1305();
    if (this.#lib.EVP_CipherInit_ex(context, cipher, null, key, null, direction) !== 1) {
      this.#lib.EVP_CIPHER_CTX_free(context);
      throw new Error(`aead: libcrypto refuses ${this.suite}; a FIPS policy may forbid it`);
    }
    return context;
  }

  seal(
    nonce: Uint8Array,
    associated: Uint8Array,
    input: Uint8Array,
    output: Uint8Array,
    length: number = input.length,
  ): number {
    const context = this.#sealing;
    if (context === null) throw released();
    checkArguments(nonce, input, output, length, length + TAG_OCTETS);
    const done = this.#run(context, nonce, associated, input, output, length) === 1 &&
      this.#lib.EVP_CipherFinal_ex(context, nothing, written) === 1 &&
      this.#lib.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_OCTETS, tag) === 1;
    if (!done) throw new Error(`aead: libcrypto could not seal with ${this.suite}`);
    for (let octet = 0; octet < TAG_OCTETS; octet++) output[length + octet] = tag[octet]!;
    return length + TAG_OCTETS;
  }

  open(
    nonce: Uint8Array,
    associated: Uint8Array,
    input: Uint8Array,
    output: Uint8Array,
    length: number = input.length,
  ): number {
    const context = this.#opening;
    if (context === null) throw released();
    const plain = length - TAG_OCTETS;
    checkArguments(nonce, input, output, length, Math.max(0, plain));
    if (plain < 0) return NOT_AUTHENTIC;
    // Before `output`, which may be `input`, is written.
    for (let octet = 0; octet < TAG_OCTETS; octet++) tag[octet] = input[plain + octet]!;
    const authentic = this.#run(context, nonce, associated, input, output, plain) === 1 &&
      this.#lib.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_OCTETS, tag) === 1 &&
      this.#lib.EVP_CipherFinal_ex(context, nothing, written) === 1;
    if (authentic) return plain;
    output.fill(0, 0, plain); // it was decrypted before the tag could be judged
    return NOT_AUTHENTIC;
  }

  #run(
    context: Deno.PointerValue,
    nonce: Uint8Array,
    associated: Uint8Array,
    input: Uint8Array,
    output: Uint8Array,
    length: number,
  ): number {
    const lib = this.#lib;
    if (lib.EVP_CipherInit_ex(context, null, null, null, fixed(nonce), SAME) !== 1) return 0;
    if (associated.length > 0) {
      const { length } = associated;
      if (lib.EVP_CipherUpdate(context, null, written, fixed(associated), length) !== 1) return 0;
    }
    if (length === 0) return 1;
    return lib.EVP_CipherUpdate(context, fixed(output), written, fixed(input), length);
  }

  release(): void {
    this.#lib.EVP_CIPHER_CTX_free(this.#sealing);
    this.#lib.EVP_CIPHER_CTX_free(this.#opening);
    this.#sealing = this.#opening = null;
  }
}

/** FFI takes memory of this thread only by its type; shared memory is as good for a call that blocks. */
function fixed(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  return octets as Uint8Array<ArrayBuffer>;
}
