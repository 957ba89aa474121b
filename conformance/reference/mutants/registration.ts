/**
 * Session managers that register whom they should not, or not as they should (SM-1 to SM-4).
 *
 * @module
 */
import type { Mutant } from "../implementation.ts";
import { smMutant, withMeddler, withParts } from "./define.ts";
import type { SessionManagerFault } from "../session_manager.ts";

const registration = ["sm/registration/**"];

/** A server whose registrar keeps, forgets or hides bindings. */
function withRegistrar(
  change: (
    registrar: Parameters<NonNullable<SessionManagerFault["parts"]>>[0]["registrar"],
  ) => void,
): SessionManagerFault {
  return withParts((_parts, { registrar }) => {
    change(registrar);
    return {};
  });
}

/** Mutants of authentication and of the registrar. */
export const registrationMutants: readonly Mutant[] = [
  smMutant(
    "password-unchecked",
    "takes any answer to its challenge for a proof",
    registration,
    withParts(({ authenticator }) => ({
      authenticator: {
        async prove(request, channel, name) {
          const proof = await authenticator.prove(request, channel, name);
          return proof.ok || !request.headers.has("Authorization") ? proof : { ok: true };
        },
      },
    })),
  ),
  smMutant(
    "nothing-to-prove",
    "registers whoever asks, and asks for nothing",
    ["sm/registration/handshake", "sm/registration/other_schemes"],
    withParts(() => ({ authenticator: { prove: () => Promise.resolve({ ok: true }) } })),
  ),
  smMutant(
    "any-scheme",
    "takes whatever stands in Authorization for a proof, if it is no digest",
    ["sm/registration/other_schemes"],
    {
      ...withParts(({ authenticator }) => ({
        authenticator: {
          async prove(request, channel, name) {
            if (request.headers.has("X-Other-Scheme")) return { ok: true };
            return await authenticator.prove(request, channel, name);
          },
        },
      })),
      ...withMeddler(() => ({
        received(message) {
          const given = message.get("Authorization");
          if (given === undefined || /^Digest .*response=/.test(given)) return message;
          return message.delete("Authorization").set("X-Other-Scheme", "yes");
        },
      })),
    },
  ),
  smMutant(
    "registers-before-the-proof",
    "registers a terminal with its first request and challenges it afterwards",
    ["sm/registration/not_before_proof", "sm/registration/wrong_credentials"],
    withParts(({ authenticator, registrar }) => ({
      authenticator: {
        async prove(request, channel, name) {
          const proof = await authenticator.prove(request, channel, name);
          if (!proof.ok) await registrar.register(request, channel, name);
          return proof;
        },
      },
    })),
  ),
  smMutant(
    "server-without-proof",
    "proves nothing of itself",
    ["sm/registration/handshake", "sm/registration/servers_proof"],
    withParts(({ authenticator }) => ({
      authenticator: {
        async prove(request, channel, name) {
          const proof = await authenticator.prove(request, channel, name);
          return proof.ok ? { ok: true } : proof;
        },
      },
    })),
  ),
  smMutant(
    "server-with-a-false-proof",
    "sends a proof that anybody could have made",
    ["sm/registration/servers_proof"],
    withParts(({ authenticator }) => ({
      authenticator: {
        async prove(request, channel, name) {
          const proof = await authenticator.prove(request, channel, name);
          if (!proof.ok || !proof.info) return proof;
          return { ok: true, info: proof.info.replace(/[0-9a-f]{64}/, "0".repeat(64)) };
        },
      },
    })),
  ),
  smMutant(
    "unknown-account-shown",
    "answers 403 for an account that does not exist",
    ["sm/registration/unknown_account"],
    withParts(({ authenticator }, { accounts }) => ({
      authenticator: {
        async prove(request, channel, name) {
          return accounts.get(name)
            ? await authenticator.prove(request, channel, name)
            : { ok: false, forbidden: "no such account" };
        },
      },
    })),
  ),
  smMutant(
    "proof-counts-again",
    "takes a proof that it has taken before, from anyone",
    ["sm/registration/replay"],
    withParts(({ authenticator }) => {
      const taken = new Set<string>();
      return {
        authenticator: {
          async prove(request, channel, name) {
            const given = request.headers.get("Authorization") ?? "";
            if (taken.has(given)) return { ok: true };
            const proof = await authenticator.prove(request, channel, name);
            if (proof.ok && given !== "") taken.add(given);
            return proof;
          },
        },
      };
    }),
  ),
  smMutant(
    "weaker-digest",
    "takes an MD5 proof though it asked for SHA-256",
    ["sm/registration/weaker_digest"],
    { config: (config) => ({ ...config, authentication: { algorithms: ["SHA-256", "MD5"] } }) },
  ),
  smMutant(
    "own-name-proves-all",
    "lets a terminal that has proven one name register any other",
    ["sm/registration/for_somebody_else"],
    {
      ...withParts(({ authenticator }) => ({
        authenticator: {
          async prove(request, channel, name) {
            if (channel.names.size > 0) return { ok: true };
            return await authenticator.prove(request, channel, name);
          },
        },
      })),
      ...withMeddler(() => ({
        received(message) {
          const to = message.get("To");
          // From is made to fit To, so that only the proof is left to stop it.
          return message.method === "REGISTER" && to
            ? message.set("From", `${to.replace(/;.*/, "")};tag=fits`)
            : message;
        },
      })),
    },
  ),
  smMutant(
    "certificates-ignored",
    "asks a terminal with a certificate for its password all the same",
    ["sm/registration/by_certificate", "sm/registration/certificate_names"],
    withParts(({ certificateNames }) => ({
      certificateNames: (peer) => ({ ...certificateNames(peer), terminals: [] }),
    })),
  ),
  smMutant(
    "certificates-of-any-authority",
    "trusts an authority that nobody told it to trust",
    ["sm/registration/certificate_must_hold", "sm/domains/its_certificate"],
    {
      config: ({ tls, ...config }, { untrusted }) => ({
        ...config,
        tls: { ...tls, trust: [...tls?.trust ?? [], untrusted] },
      }),
    },
  ),
  smMutant(
    "certificates-read-generously",
    "takes whatever a certificate names for a name in its own domain",
    ["sm/registration/certificate_names"],
    withParts(() => ({
      certificateNames: ({ uris, dns }) => ({
        terminals: ["sip:user-a@abc.test", ...uris, ...dns],
        servers: [],
      }),
    })),
  ),
  smMutant(
    "old-binding-kept",
    "goes on calling a terminal where it was before",
    ["sm/registration/old_channel_gets_nothing", "sm/registration/moves_with_the_terminal"],
    withRegistrar((registrar) => {
      const of = registrar.of.bind(registrar);
      const first = new Map<string, ReturnType<typeof of>>();
      registrar.of = (name) => {
        const now = of(name);
        if (!first.has(name) && now.length > 0) first.set(name, now);
        return first.get(name) ?? now;
      };
      const register = registrar.register.bind(registrar);
      registrar.register = async (request, channel, name) => {
        const result = await register(request, channel, name);
        registrar.of(name);
        return result;
      };
    }),
  ),
  smMutant(
    "deregistration-ignored",
    "answers a de-registration and keeps the binding",
    ["sm/registration/deregistration", "sm/policy/allowed_but_away"],
    withRegistrar((registrar) => {
      const register = registrar.register.bind(registrar);
      registrar.register = async (request, channel, name) => {
        const contact = request.headers.get("Contact") ?? "";
        const ends = request.headers.get("Expires") === "0" || /;expires=0\b/.test(contact);
        if (ends) return { ok: true, bindings: [], now: 0 };
        return await register(request, channel, name);
      };
    }),
  ),
  smMutant(
    "bindings-not-shown",
    "does not say what is registered",
    ["sm/registration/fetch", "sm/registration/handshake", "sm/registration/by_certificate"],
    withRegistrar((registrar) => {
      const register = registrar.register.bind(registrar);
      registrar.register = async (request, channel, name) => {
        const result = await register(request, channel, name);
        return result.ok ? { ...result, bindings: [] } : result;
      };
    }),
  ),
  smMutant(
    "any-domain-registered",
    "registers names of other domains as its own",
    ["sm/registration/only_for_its_domain"],
    {
      ...withParts(({ authenticator }) => ({
        authenticator: {
          async prove(request, channel, name) {
            const proof = await authenticator.prove(request, channel, name);
            return proof.ok || !request.headers.has("X-Rewritten") ? proof : { ok: true };
          },
        },
      })),
      ...withMeddler(() => ({
        received(message) {
          if (message.method !== "REGISTER" || !message.get("To")?.includes("xyz.test")) {
            return message;
          }
          message.start = message.start.replace("xyz.test", "abc.test");
          message.set("X-Rewritten", "yes");
          for (const name of ["To", "From"]) {
            message.set(name, (message.get(name) ?? "").replace("xyz.test", "abc.test"));
          }
          return message;
        },
      })),
    },
  ),
  smMutant(
    "calls-the-contact",
    "opens a connection to the contact instead of using the one the terminal opened",
    ["sm/registration/one_account_is_enough", "sm/proxy/whole_call"],
    withParts(({ resolver }) => ({
      resolver: {
        ...resolver,
        resolve(uri, written) {
          const found = resolver.resolve(uri, written);
          if (found.kind !== "found") return found;
          const via = { domain: "abc.test", address: { host: "127.0.0.99", port: 9 } };
          return { kind: "found", targets: found.targets.map((one) => ({ ...one, via })) };
        },
      },
    })),
  ),
];
