/**
 * What AS and DC have in common: sockets, TLS, keys, the store and the sweep, put together.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { formatAddress } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import type { Runtime, Timer } from "../../core/runtime/runtime.ts";
import type { NtmStore } from "../../core/store/mod.ts";
import { Control, type ControlPorts, type DatagramContext } from "./control.ts";
import type { NtmLimits, NtmTimers } from "./limits.ts";
import type { Route } from "./routes.ts";
import { type ServerKeyPorts, ServerKeys } from "./server_keys.ts";
import { listenTls, type TlsContext } from "./tls.ts";

/** Where datagrams go in and out. */
export interface DatagramSide {
  readonly addresses: readonly Address[];
  send(datagram: Uint8Array, to: Address): void;
  stop(): Promise<void>;
}

/** What a role brings along. */
export interface ServerParts {
  readonly name: string;
  readonly runtime: Runtime;
  readonly store: NtmStore;
  readonly listen: readonly Address[];
  readonly tls: TlsCredentials;
  readonly limits: NtmLimits;
  readonly timers: NtmTimers;
  readonly keyFor: ServerKeyPorts["keyFor"];
  readonly changed?: ControlPorts["changed"];
  /** Binds the datagram side. */
  bind(receive: (datagram: Uint8Array, from: Address) => void): Promise<DatagramSide>;
  readonly datagramRoutes: readonly Route<DatagramContext>[];
  readonly tlsRoutes: readonly Route<TlsContext>[];
  /** Done with every sweep. */
  sweep?(): void | Promise<void>;
}

/** What they have in common, running. */
export class NtmServer {
  readonly control: Control;
  readonly keys: ServerKeys;
  readonly #parts: ServerParts;
  #datagrams: DatagramSide | undefined;
  #tls: Awaited<ReturnType<typeof listenTls>> | undefined;
  #timer: Timer | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: ServerParts) {
    const { runtime, store, limits, tls, timers } = parts;
    this.#parts = parts;
    this.keys = new ServerKeys({
      ...{ runtime, tls, timers, keyFor: parts.keyFor, control: () => this.control },
    });
    this.control = new Control({
      ...{ runtime, store, limits },
      ...(parts.changed === undefined ? {} : { changed: parts.changed }),
      send: (datagram, to) => this.#datagrams?.send(datagram, to),
    }, [...parts.datagramRoutes, this.keys.renewalRoute]);
  }

  /** Where it takes datagrams and TLS, in the order of the configuration. */
  get addresses(): readonly Address[] {
    return this.#datagrams?.addresses ?? [];
  }

  /** Takes up what was kept, then listens. Rejects with a `NetworkError` or a `StoreError`. */
  async start(): Promise<void> {
    const { name, runtime, limits, timers, tls, tlsRoutes } = this.#parts;
    try {
      this.#datagrams = await this.#parts.bind((datagram, from) => {
        if (!this.#stopped) this.control.receive(datagram, from);
      });
      await this.control.restore();
      this.#tls = await listenTls({
        ...{ runtime, tls, limits, timers },
        // With port 0 both get the same one.
        listen: this.#datagrams.addresses,
        routes: [...tlsRoutes, this.keys.tlsRoute],
      });
    } catch (error) {
      await this.stop();
      throw error;
    }
    for (const address of this.addresses) {
      runtime.log.write("info", "listening", { role: name, address: formatAddress(address) });
    }
    this.#sweepLater();
  }

  #sweepLater(): void {
    const { runtime, timers } = this.#parts;
    this.#timer = runtime.clock.after(timers.sweepMilliseconds, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    try {
      await this.control.sweep();
      await this.#parts.sweep?.();
      void this.keys.renew();
    } catch (error) {
      this.#parts.runtime.log.write("error", "sweep failed", { error: String(error) });
    }
    if (!this.#stopped) this.#sweepLater();
  }

  /** Takes nothing new, closes everything, and the store last. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    this.#timer?.cancel();
    this.control.stop();
    await this.#tls?.stop();
    await this.#datagrams?.stop();
    await this.#parts.store.close();
  }
}
