/**
 * Conformance vectors misbehave on purpose: they go to loopback and private addresses only, unless a
 * flag on the command line says otherwise. No file can set that flag.
 *
 * @module
 */

/** Whether a canonical IP address is loopback, link-local or private (RFC 1918, RFC 4193, RFC 3927). */
export function isPrivateAddress(host: string): boolean {
  if (host.includes(":")) {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(host);
    if (mapped) return isPrivateAddress(mapped[1]!);
    return host === "::1" || /^f[cd][0-9a-f]{2}:/.test(host) || /^fe[89ab][0-9a-f]:/.test(host);
  }
  const [a = 0, b = 0] = host.split(".").map(Number);
  return a === 127 || a === 10 || (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) || (a === 169 && b === 254);
}
