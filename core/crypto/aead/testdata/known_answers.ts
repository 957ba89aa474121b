/**
 * Published known answers for both suites, as hexadecimal text.
 *
 * @module
 */
import type { AeadSuite } from "../aead.ts";

/** One known answer. */
export interface KnownAnswer {
  readonly source: string;
  readonly suite: AeadSuite;
  readonly key: string;
  readonly nonce: string;
  readonly associated: string;
  readonly plain: string;
  /** Ciphertext, then tag. */
  readonly sealed: string;
}

const NIST_KEY = "feffe9928665731c6d6a8f9467308308".repeat(2);
const NIST_PLAIN = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const NIST_CIPHER = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

/** The answers; cases 13 to 16 are those with a 256-bit key and a 96-bit nonce. */
export const KNOWN_ANSWERS: readonly KnownAnswer[] = [
  {
    source: "NIST GCM specification, test case 13",
    suite: "aes-256-gcm",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    associated: "",
    plain: "",
    sealed: "530f8afbc74536b9a963b4f1c4cb738b",
  },
  {
    source: "NIST GCM specification, test case 14",
    suite: "aes-256-gcm",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    associated: "",
    plain: "00".repeat(16),
    sealed: "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    source: "NIST GCM specification, test case 15",
    suite: "aes-256-gcm",
    key: NIST_KEY,
    nonce: "cafebabefacedbaddecaf888",
    associated: "",
    plain: NIST_PLAIN,
    sealed: NIST_CIPHER + "b094dac5d93471bdec1a502270e3cc6c",
  },
  {
    source: "NIST GCM specification, test case 16",
    suite: "aes-256-gcm",
    key: NIST_KEY,
    nonce: "cafebabefacedbaddecaf888",
    associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    plain: NIST_PLAIN.slice(0, 120),
    sealed: NIST_CIPHER.slice(0, 120) + "76fc6ece0f4e1768cddf8853bb2d551b",
  },
  {
    // RFC 4106 §4, §5: nonce = salt, IV; associated data = SPI, sequence number.
    source: "AES-GCM in ESP, draft-mcgrew-gcm-test-01 §4, 256-bit key",
    suite: "aes-256-gcm",
    key: "abbccddef00112233445566778899aab".repeat(2),
    nonce: "11223344" + "0102030405060708",
    associated: "4a2cbfe3" + "00000002",
    plain: "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000" +
      "7002400020bf0000020405b40101040201020201",
    sealed: "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763" +
      "748a637985771d347f0545659f14e99def842d8e" + "b335f4eecfdbf831824b4c4915956c96",
  },
  {
    source: "RFC 8439 §2.8.2",
    suite: "chacha20-poly1305",
    key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
    nonce: "07000000" + "4041424344454647",
    associated: "50515253c0c1c2c3c4c5c6c7",
    plain: new TextEncoder().encode(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " +
        "sunscreen would be it.",
    ).toHex(),
    sealed: "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6" +
      "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36" +
      "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" +
      "3ff4def08e4b7a9de576d26586cec64b6116" + "1ae10b594f09e26a7e902ecbd0600691",
  },
];
