/**
 * Terminals that trust a server too early or lose it too easily (SM-1 to SM-4).
 *
 * @module
 */
import { authenticationInfo, ha1, parseCredentials } from "../../../core/sip/digest.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";
import { NetworkError } from "../../../core/net/network.ts";
import type { Mutant } from "../implementation.ts";
import { terminalMutant } from "./define.ts";
import { meddlingRuntime } from "./meddle.ts";
import type { Wire } from "./wire.ts";

const registration = ["terminal/registration/**"];

/** A terminal that connects once and never again. */
function connectsOnce({ clock, random, log, network }: Runtime): Runtime {
  let used = false;
  return {
    ...{ clock, random, log },
    network: {
      listen: (options, accept) => network.listen(options, accept),
      datagram: (local, receive) => network.datagram(local, receive),
      resolve: (host) => network.resolve(host),
      async connect(options) {
        if (used) throw new NetworkError("unreachable", "it gave up");
        used = true;
        return await network.connect(options);
      },
    },
  };
}

/** The 401 a terminal would like to be sent. */
function challenge(register: Wire): Wire {
  const answer = register.clone();
  answer.start = "SIP/2.0 401 Unauthorized";
  answer.fields = answer.fields.filter(({ name }) =>
    /^(via|from|to|call-id|cseq|v|f|t|i)$/i.test(name)
  );
  answer.set(
    "WWW-Authenticate",
    'Digest realm="abc.test", nonce="made-up", algorithm=SHA-256, qop="auth"',
  );
  answer.body = new Uint8Array(0);
  return answer.set("Content-Length", "0");
}

/** Mutants of the terminal while it registers. */
export const terminalRegistrationMutants: readonly Mutant[] = [
  terminalMutant(
    "terminal-needs-no-proof",
    "takes a 200 for a proof",
    registration,
    { parts: { verifyServer: () => true } },
  ),
  terminalMutant(
    "terminal-satisfies-itself",
    "takes a 200 without a challenge for a registration that was proven",
    ["terminal/registration/no_challenge"],
    {
      runtime: (runtime, { password }) => {
        let satisfied = false;
        return meddlingRuntime(runtime, {
          sent(message, link) {
            if (message.method !== "REGISTER") return message;
            const given = parseCredentials(message.get("Authorization") ?? "");
            if (!given || !satisfied) return message;
            const answer = challenge(message).delete("WWW-Authenticate");
            answer.start = "SIP/2.0 200 OK";
            const secret = ha1(given.username, given.realm, password, given.algorithm);
            answer.set("Authentication-Info", authenticationInfo(given, secret));
            answer.set("Contact", `${message.get("Contact") ?? ""};expires=3600`);
            answer.set("To", `${message.get("To") ?? ""};tag=itself`);
            runtime.clock.after(0, () => link.inject(answer.write()));
            return undefined;
          },
          received(message) {
            const accepted = message.status === 200 && message.cseqMethod === "REGISTER";
            if (!accepted || message.get("Authentication-Info")) return message;
            satisfied = true;
            return challenge(message);
          },
        });
      },
    },
  ),
  terminalMutant(
    "terminal-answers-any-challenge",
    "answers every challenge as well as it can",
    ["terminal/registration/weaker_challenge"],
    {
      runtime: (runtime) =>
        meddlingRuntime(runtime, {
          received: (message) =>
            message.status === 401
              ? message.set("WWW-Authenticate", challenge(message).get("WWW-Authenticate") ?? "")
              : message,
        }),
    },
  ),
  terminalMutant(
    "terminal-hides-its-certificate",
    "does not show the certificate it has",
    ["terminal/registration/by_certificate"],
    {
      config: ({ tls, ...config }) => ({
        ...config,
        password: "password of user-b",
        tls: { trust: tls?.trust ?? [] },
      }),
    },
  ),
  terminalMutant(
    "terminal-takes-any-name",
    "does not look at the name in the server's certificate",
    ["terminal/registration/servers_name"],
    {
      runtime: ({ clock, random, log, network }) => ({
        ...{ clock, random, log },
        network: {
          listen: (options, accept) => network.listen(options, accept),
          datagram: (local, receive) => network.datagram(local, receive),
          resolve: (host) => network.resolve(host),
          async connect(options) {
            const names = [options.serverName, "xyz.test", "sip.abc.test", "abc.test.xyz.test"];
            for (const serverName of names.slice(0, -1)) {
              try {
                return await network.connect({ ...options, serverName });
              } catch {
                // Another name may fit.
              }
            }
            return await network.connect({ ...options, serverName: names.at(-1) });
          },
        },
      }),
    },
  ),
  terminalMutant(
    "terminal-trusts-any-authority",
    "trusts an authority that nobody told it to trust",
    ["terminal/registration/servers_certificate"],
    {
      config: (config, { untrusted }) => ({
        ...config,
        tls: { ...config.tls, trust: [...config.tls?.trust ?? [], untrusted] },
      }),
    },
  ),
  terminalMutant(
    "terminal-gives-up",
    "does not come back after its channel was lost",
    ["terminal/registration/comes_back"],
    { runtime: connectsOnce },
  ),
];
