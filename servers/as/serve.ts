/**
 * The AS: `serve(config, runtime)`. It knows the accounts; in profile `security` it logs nodes in and
 * brings their keys to the DCs, in `platform` it tells DCs whether a password fits.
 *
 * @module
 */
import { argon2idHasher } from "../../core/crypto/password.ts";
import type { Address } from "../../core/net/address.ts";
import {
  authenticationRequest,
  authenticationResponse,
  bootstrapRequest,
  bootstrapResponse,
  keyDistribution,
  keyDistributionAck,
  type LoginRequest,
  loginRequest,
  loginResponse,
} from "../../core/ntm/messages/mod.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { type NtmAccount, openNtmStore } from "../../core/store/mod.ts";
import { bindSockets } from "../ntm/sockets.ts";
import type { ControlDrop, DatagramContext } from "../ntm/control.ts";
import { inZone, proves } from "../ntm/roles.ts";
import { Refusal, type Route, route } from "../ntm/routes.ts";
import { NtmServer } from "../ntm/server.ts";
import { commonSuite, type ServerAddress } from "../ntm/server_keys.ts";
import type { TlsContext } from "../ntm/tls.ts";
import { Accounts } from "./accounts.ts";
import type { AsConfig, AsDcConfig } from "./config.ts";

/** An AS that runs. */
export interface AsServer {
  readonly addresses: readonly Address[];
  /** Datagrams dropped, by cause. */
  readonly drops: Readonly<Record<ControlDrop, number>>;
  stop(): Promise<void>;
}

const SECRET_OCTETS = 32;
const TOKEN_OCTETS = 32;

/** Starts an AS. Rejects with a `NetworkError` or a `StoreError`; nothing is left open then. */
export async function serve(config: AsConfig, runtime: Runtime): Promise<AsServer> {
  const store = await openNtmStore({ file: config.store });
  try {
    const hasher = config.hasher ?? argon2idHasher(runtime.random);
    for (const { fqdn, mail, password } of config.accounts) {
      const account = { fqdn, mail, password: await hasher.hash(password) };
      await store.addAccount({ ...account, created: runtime.clock.now() }, { replace: true });
    }
    const decoy = await hasher.hash(runtime.random.bytes(SECRET_OCTETS).toHex());
    const { clock } = runtime;
    const { limits } = config;
    const accounts = new Accounts({ store, hasher, decoy, clock, limits });
    const as = new As(config, runtime, accounts);
    const server: NtmServer = new NtmServer({
      ...{ name: "as", runtime, store, listen: config.listen, tls: config.tls },
      ...{ limits, timers: config.timers },
      keyFor: ({ role, name }) =>
        role === "dc" && config.dcs.some(({ zone }) => zone === name) ? "kasdc" : undefined,
      bind: (receive) => bindSockets(runtime, config.listen, receive),
      tlsRoutes: [as.login(() => server), as.bootstrap()],
      datagramRoutes: [as.authentication()],
    });
    await server.start();
    return {
      addresses: server.addresses,
      get drops() {
        return server.control.drops;
      },
      stop: () => server.stop(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

class As {
  constructor(
    private readonly config: AsConfig,
    private readonly runtime: Runtime,
    private readonly accounts: Accounts,
  ) {}

  /** NTM-20, NTM-21: the answer goes out only after the DC has the key. */
  login(server: () => NtmServer): Route<TlsContext> {
    return route(loginRequest, loginResponse, async (request, context) => {
      const suite = commonSuite(request.suites);
      const account = await this.#authenticate(request, context);
      const { fqdn } = account;
      const dc = this.#dcOf(fqdn);
      if (!dc) throw new Refusal("refused");
      const lifetime = this.config.timers.nodeKeySeconds;
      const secret = this.runtime.random.bytes(SECRET_OCTETS);
      const { control, keys } = server();
      const key = { fqdn, id: control.freshId(), secret, suite, lifetime };
      await keys.ask(addressOf(dc), keyDistribution, key, keyDistributionAck);
      this.runtime.log.write("info", "node logged in", { fqdn });
      return { ...key, dc: dc.addresses };
    });
  }

  async #authenticate(
    { mail, fqdn, password }: LoginRequest,
    { identity, from }: TlsContext,
  ): Promise<NtmAccount> {
    const key = mail === undefined ? { fqdn: fqdn! } : { mail };
    if (password !== undefined) return await this.accounts.check(key, password, from.host);
    const account = await this.accounts.find(key);
    if (!account || !proves(identity, { role: "node", name: account.fqdn })) {
      throw new Refusal("refused");
    }
    return account;
  }

  /** NTM-17. An unknown account gets what it would get if it were there. */
  bootstrap(): Route<TlsContext> {
    return route(bootstrapRequest, bootstrapResponse, async ({ mail, fqdn }) => {
      const name = fqdn ?? (await this.accounts.find({ mail: mail! }))?.fqdn;
      const domain = mail?.slice(mail.lastIndexOf("@") + 1).toLowerCase();
      const dc = (name === undefined ? undefined : this.#dcOf(name)) ??
        this.config.dcs.find(({ zone }) => zone === domain) ?? this.config.dcs[0];
      if (!dc) throw new Refusal("unavailable");
      return { zone: dc.zone, dc: dc.addresses, dcName: dc.name };
    });
  }

  /** NTM-30. A DC may ask for nodes of its own zone only. */
  authentication(): Route<DatagramContext> {
    return route(
      authenticationRequest,
      authenticationResponse,
      async ({ fqdn, password }, { peer }) => {
        const dc = this.#dcOf(fqdn);
        if (!dc || peer.name !== `dc:${dc.zone}`) throw new Refusal("refused");
        const { mail } = await this.accounts.check({ fqdn }, password);
        return { fqdn, mail, token: this.runtime.random.bytes(TOKEN_OCTETS) };
      },
    );
  }

  /** The DC whose zone is the nearest above the name. */
  #dcOf(fqdn: string): AsDcConfig | undefined {
    return this.config.dcs.filter(({ zone }) => inZone(fqdn, zone))
      .toSorted((a, b) => b.zone.length - a.zone.length)[0];
  }
}

function addressOf({ zone, name, addresses }: AsDcConfig): ServerAddress {
  return { role: "dc", name: zone, serverName: name, addresses };
}
