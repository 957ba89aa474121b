/**
 * Login of both profiles: at its end the node shares a key with its DC (NTM-20, NTM-21, NTM-30).
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { NetworkError } from "../../core/net/network.ts";
import {
  bootstrapRequest,
  bootstrapResponse,
  loginRequest,
  loginResponse,
} from "../../core/ntm/messages/mod.ts";
import type { LoginResponse } from "../../core/ntm/messages/mod.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { NodeSettings } from "./config.ts";
import { NodeError } from "./errors.ts";
import { askOverTls, type TlsServer } from "./tls_exchange.ts";

/** Logs in. Throws {@link NodeError}. */
export async function login(settings: NodeSettings, runtime: Runtime): Promise<LoginResponse> {
  return settings.profile === "security"
    ? await loginAtAs(settings, runtime)
    : await loginAtDc(settings, runtime);
}

/** NTM-20: mail address and password, or mail address and certificate, at the AS. */
async function loginAtAs(settings: NodeSettings, runtime: Runtime): Promise<LoginResponse> {
  const { mail, password, suites } = settings;
  return await atFirst(
    await asAddresses(settings, runtime),
    (remote) =>
      askOverTls(runtime, serverAt(settings, remote, settings.serverName), loginRequest, {
        mail: mail!,
        ...(password !== undefined && { password }),
        suites,
      }, loginResponse),
  );
}

/** NTM-17, NTM-30: the AS says which DC, and the DC takes the password. */
async function loginAtDc(settings: NodeSettings, runtime: Runtime): Promise<LoginResponse> {
  const { fqdn, mail, password, suites } = settings;
  const { dc, dcName } = await atFirst(await asAddresses(settings, runtime), (remote) =>
    askOverTls(
      runtime,
      serverAt(settings, remote, settings.serverName),
      bootstrapRequest,
      mail === undefined ? { fqdn: fqdn! } : { mail },
      bootstrapResponse,
    ));
  return await atFirst(
    dc,
    (remote) =>
      askOverTls(runtime, serverAt(settings, remote, dcName), loginRequest, {
        fqdn: fqdn!,
        password: password!,
        suites,
      }, loginResponse),
  );
}

async function asAddresses(
  { server: { host, port } }: NodeSettings,
  { network }: Runtime,
): Promise<Address[]> {
  try {
    return (await network.resolve(host)).map((found) => ({ host: found, port }));
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new NodeError("unreachable", `AS ${host}: ${error.message}`, { cause: error });
  }
}

function serverAt(settings: NodeSettings, remote: Address, name: string): TlsServer {
  const { tls, timing } = settings;
  return { remote, name, tls, timeoutMilliseconds: timing.connectMilliseconds };
}

/** The first address that can be reached answers; any other failure is final. */
async function atFirst<T>(
  addresses: readonly Address[],
  ask: (remote: Address) => Promise<T>,
): Promise<T> {
  let last: unknown = new NodeError("unreachable", "the server has no address");
  for (const remote of addresses) {
    try {
      return await ask(remote);
    } catch (error) {
      last = error;
      if (!(error instanceof NodeError) || error.failure !== "unreachable") throw error;
    }
  }
  throw last;
}
