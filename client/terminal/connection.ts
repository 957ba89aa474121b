/**
 * Keeps a terminal registered: connects, registers, registers again before the binding ends, after the
 * connection was lost, and when the terminal's own address changed (SM-4).
 *
 * @module
 */
import { formatAddress } from "../../core/net/address.ts";
import type { Timer } from "../../core/runtime/runtime.ts";
import { Backoff } from "./backoff.ts";
import { TerminalError } from "./errors.ts";
import type { TerminalEvent } from "./events.ts";
import type { ServerLink } from "./link.ts";
import { RegisterClient } from "./registration.ts";

/** A minute before the end is enough to try again once (RFC 3261 §10.2.4 leaves the moment open). */
const SPARE_SECONDS = 60;

/** The registration of one terminal, kept alive. */
export class Connection {
  readonly #link: ServerLink;
  readonly #client: RegisterClient;
  readonly #backoff: Backoff;
  readonly #report: (event: TerminalEvent) => void;
  readonly #gaveUp: (error: TerminalError) => void;
  #timer: Timer | undefined;
  /** Grows with each attempt, so that the end of an older one changes nothing. */
  #attempt = 0;
  #stopped = false;

  /** `gaveUp` is told when a registration that stood is lost for good. */
  constructor(
    link: ServerLink,
    report: (event: TerminalEvent) => void,
    gaveUp: (error: TerminalError) => void,
  ) {
    this.#link = link;
    this.#report = report;
    this.#gaveUp = gaveUp;
    this.#client = new RegisterClient(link);
    const { registration } = link.settings;
    this.#backoff = new Backoff(
      registration.retryFirstMilliseconds,
      registration.retryLongestMilliseconds,
      link.runtime.random,
    );
  }

  /** Connects and registers. Rejects with a {@link TerminalError}; nothing is tried again then. */
  async start(local?: string): Promise<void> {
    const attempt = ++this.#attempt;
    this.#timer?.cancel();
    this.#link.disconnect();
    try {
      await this.#link.connect(local);
      await this.#register(attempt);
    } catch (error) {
      if (attempt === this.#attempt) this.#link.disconnect();
      throw error;
    }
  }

  /** Moves to another address of one's own: a new channel, and the binding with it. */
  async rebind(local?: string): Promise<void> {
    this.#backoff.reset();
    await this.#again(local);
  }

  /** The channel of a registration that stood was lost. */
  lost(error?: Error): void {
    if (this.#stopped) return;
    this.#later(
      new TerminalError("unreachable", error?.message ?? "the server closed the channel"),
    );
  }

  /** Takes the binding away; failures are of no interest any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#attempt++;
    this.#timer?.cancel();
    const { channel } = this.#link;
    if (!this.#link.registered || !channel?.open) return;
    try {
      await this.#client.register(channel, 0);
      this.#report({ event: "unregistered", name: this.#link.settings.name });
    } catch (error) {
      this.#link.runtime.log.write("info", "not deregistered", { error: String(error) });
    }
    this.#link.registered = false;
  }

  async #register(attempt: number): Promise<void> {
    const { settings, runtime } = this.#link;
    const channel = this.#link.open();
    const seconds = await this.#client.register(channel, settings.registration.expiresSeconds);
    if (attempt !== this.#attempt) {
      throw new TerminalError("stopped", "the registration was overtaken by another one");
    }
    if (!channel.open) throw new TerminalError("unreachable", "the server closed the channel");
    if (seconds <= 0) {
      throw new TerminalError("refused", "the server granted a registration of no time at all");
    }
    this.#link.registered = true;
    this.#backoff.reset();
    this.#report({
      event: "registered",
      name: settings.name,
      server: formatAddress(channel.remote),
      local: formatAddress(channel.local),
      level: channel.level,
      expiresSeconds: seconds,
    });
    const wait = Math.max(seconds / 2, seconds - SPARE_SECONDS);
    this.#timer = runtime.clock.after(wait * 1000, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    const attempt = ++this.#attempt;
    try {
      await this.#register(attempt);
    } catch (error) {
      if (attempt === this.#attempt && !this.#stopped) this.#failed(error);
    }
  }

  async #again(local?: string): Promise<void> {
    try {
      await this.start(local);
    } catch (error) {
      if (!this.#stopped) this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const failure = error instanceof TerminalError
      ? error
      : new TerminalError("unreachable", String(error), undefined, { cause: error });
    // An attempt that was overtaken is being repeated already.
    if (failure.failure === "stopped") return;
    this.#link.disconnect();
    if (failure.passing) return this.#later(failure);
    this.#report({ event: "disconnected", reason: failure.message });
    this.#gaveUp(failure);
  }

  #later(failure: TerminalError): void {
    const wait = this.#backoff.next();
    this.#timer?.cancel();
    this.#attempt++;
    this.#report({ event: "disconnected", reason: failure.message, retryMilliseconds: wait });
    this.#timer = this.#link.runtime.clock.after(wait, () => void this.#again());
  }
}
