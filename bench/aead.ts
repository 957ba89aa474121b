/**
 * Sealing packets of 1,400 octets: the AEAD back ends and WebCrypto, turn about; packets a second on one core.
 *
 * @module
 */
import { type Aead, AEAD_SUITES, type AeadSuite, TAG_OCTETS } from "../core/crypto/aead/aead.ts";
import { libcryptoAead } from "../core/crypto/aead/libcrypto.ts";
import { nodeAead } from "../core/crypto/aead/node.ts";
import { show, spread, table } from "./table.ts";

const ROUNDS = 5;
const MILLISECONDS = 300;
const OCTETS = 1400;
/** Packets between two looks at the clock. */
const PORTION = 200;

interface Way {
  name: string;
  suite: AeadSuite;
  /** Seals or opens a portion of packets. */
  portion(): void | Promise<void>;
}

function ways(aead: Aead, suite: AeadSuite): Way[] {
  const key = aead.key(suite, new Uint8Array(32).fill(1));
  const [nonce, header] = [new Uint8Array(12), new Uint8Array(16)];
  const [plain, sealed] = [new Uint8Array(OCTETS), new Uint8Array(OCTETS + TAG_OCTETS)];
  let sequence = 0;
  const seal = () => {
    for (let packet = 0; packet < PORTION; packet++) {
      nonce[11] = ++sequence & 255;
      key.seal(nonce, header, plain, sealed);
    }
  };
  const open = () => {
    for (let packet = 0; packet < PORTION; packet++) {
      if (key.open(nonce, header, sealed, plain) < 0) throw new Error(`${aead.name} opens nothing`);
    }
  };
  return [{ name: `${aead.name}, seal`, suite, portion: seal }, {
    name: `${aead.name}, open`,
    suite,
    portion: open,
  }];
}

async function webCrypto(): Promise<Way> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", false, [
    "encrypt",
  ]);
  const [iv, additionalData] = [new Uint8Array(12), new Uint8Array(16)];
  const plain = new Uint8Array(OCTETS);
  return {
    name: "WebCrypto, seal",
    suite: "aes-256-gcm",
    async portion() {
      for (let packet = 0; packet < PORTION; packet++) {
        await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
      }
    },
  };
}

/** Rounds turn about; a Markdown table. */
export async function bench(): Promise<string> {
  const fast = libcryptoAead();
  const backEnds = fast ? [fast, nodeAead] : [nodeAead];
  const all = AEAD_SUITES.flatMap((suite) => backEnds.flatMap((aead) => ways(aead, suite)));
  all.push(await webCrypto());
  const figures = all.map((way) => ({ way, rates: [] as number[] }));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { way, rates } of figures) {
      const start = performance.now();
      let packets = 0;
      let passed = 0;
      while ((passed = performance.now() - start) < MILLISECONDS) {
        await way.portion();
        packets += PORTION;
      }
      if (round >= 0) rates.push(packets / passed);
    }
  }
  const rows = figures.map(({ way, rates }) => [
    way.suite,
    way.name,
    show(rates),
    (1000 / spread(rates).median).toFixed(2),
  ]);
  const note = fast ? "" : "\n\nskipped: libcrypto does not load here";
  return `${ROUNDS} rounds of ${MILLISECONDS} ms, packets of ${OCTETS} octets.\n\n` +
    table(["suite", "back end", "thousand packets a second", "µs a packet"], rows) + note;
}
