/**
 * `ntm ca`: a certificate authority in a directory, and certificates of servers and terminals from it.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { parseIp } from "../core/net/address.ts";
import { type Authority, createAuthority, issueCertificate } from "../core/crypto/pki.ts";
import { describeCertificates, formatCertificate } from "./certificate.ts";
import { readText, refuseExisting, writeWhole } from "./files.ts";
import { CliError, Exit, print, printJson, say } from "./output.ts";

/** `ntm ca init|issue|show`. */
export function caCommand() {
  return new Command("ca")
    .description("make a certificate authority and certificates of servers and terminals")
    .addCommand(initCommand())
    .addCommand(issueCommand())
    .addCommand(showCommand());
}

function initCommand() {
  return new Command("init")
    .description("make an authority: DIR/ca.pem, to be trusted, and DIR/ca.key.pem, to be kept")
    .requiredOption("--out <dir>", "directory to write to; made if it is not there")
    .option("--name <text>", "common name of the authority", "ntm authority")
    .option("--days <n>", "days of validity", days, 3650)
    .option("--force", "replace an authority that is there; its certificates stop being trusted")
    .action(async ({ out, name, days, force }) => {
      const files = { certificate: `${out}/ca.pem`, key: `${out}/ca.key.pem` };
      await writePair(files, force, () => createAuthority({ commonName: name, days }));
    });
}

function issueCommand() {
  return new Command("issue")
    .description("issue a certificate: NAME.pem and, readable by its owner only, NAME.key.pem")
    .requiredOption("--ca <dir>", "directory of the authority (ntm ca init)")
    .requiredOption("--out <dir/name>", "path of the files without .pem")
    .option("--server <domain>", "for a session manager of this domain", domain)
    .option("--terminal <name>", "for a terminal of this name, sip:user@domain", terminalName)
    .option("--role <role>", "for NTMobile: as, rs, dc:ZONE or node:NAME", ntmRole)
    .option("--dns <host>", "host name of an as, dc or rs; may be repeated", hosts, [])
    .option("--ip <address>", "an address the server is reached at; may be repeated", addresses, [])
    .option("--days <n>", "days of validity", days, 365)
    .option("--force", "replace files that are there")
    .action(async ({ ca, out, server, terminal, role, dns, ip, days, force }) => {
      if ([server, terminal, role].filter((each) => each !== undefined).length !== 1) {
        throw new CliError(
          Exit.usage,
          "give one of --server DOMAIN, --terminal NAME and --role ROLE",
        );
      }
      const isServer = role !== undefined && !role.startsWith("node:");
      if (isServer !== dns.length > 0) {
        throw new CliError(
          Exit.usage,
          isServer
            ? `--role ${role} needs --dns HOST: others know the server by its host name`
            : "--dns is for --role as, dc:ZONE and rs",
        );
      }
      if (terminal !== undefined && ip.length > 0) {
        throw new CliError(Exit.usage, "--ip is for --server: a terminal is known by its name");
      }
      const authority = await readAuthority(ca);
      const names = role !== undefined
        ? { commonName: dns[0] ?? role, uris: [`ntm:${role}`], dns, ips: ip }
        : server === undefined
        ? { commonName: terminal!, uris: [terminal!] }
        : { commonName: server, uris: [`sip:${server}`], dns: [server], ips: ip };
      await writePair(
        { certificate: `${out}.pem`, key: `${out}.key.pem` },
        force,
        () => issueCertificate(authority, { ...names, days }),
      );
    });
}

function showCommand() {
  return new Command("show")
    .description("what the certificates in a PEM file say")
    .argument("<file>", "PEM file")
    .option("--json", "a JSON array, one object a certificate")
    .action(async (file, { json }) => {
      const shown = describeCertificates(await readText(file, "certificate"), file);
      if (json) printJson(shown, 2);
      else print(shown.map((one) => formatCertificate(one, Date.now())).join("\n\n"));
    });
}

async function readAuthority(directory: string): Promise<Authority> {
  return {
    certificate: await readText(`${directory}/ca.pem`, "authority's certificate"),
    key: await readText(`${directory}/ca.key.pem`, "authority's key"),
  };
}

async function writePair(
  files: { certificate: string; key: string },
  force: true | undefined,
  make: () => Promise<{ certificate: string; key: string }>,
): Promise<void> {
  if (!force) await refuseExisting([files.certificate, files.key]);
  const { certificate, key } = await make();
  await writeWhole(files.key, key, { secret: true });
  await writeWhole(files.certificate, certificate);
  say(`wrote ${files.certificate} and ${files.key}`);
}

function days(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 36500) return value;
  throw new InvalidArgumentError("Expected a whole number of days from 1 to 36500.");
}

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

function domain(text: string): string {
  const value = text.toLowerCase();
  if (DOMAIN.test(value) && value.length <= 253) return value;
  throw new InvalidArgumentError("Expected a domain, for example abc.test.");
}

function terminalName(text: string): string {
  const match = /^sip:([A-Za-z0-9\-_.!~*'()&=+$,;?/%]+)@([^@:;?]+)$/.exec(text);
  if (match) return `sip:${match[1]}@${domain(match[2]!)}`;
  throw new InvalidArgumentError("Expected a name, for example sip:user-a@abc.test.");
}

function ntmRole(text: string): string {
  if (text === "as" || text === "rs") return text;
  const match = /^(dc|node):(.+)$/.exec(text);
  if (match) return `${match[1]}:${domain(match[2]!)}`;
  throw new InvalidArgumentError(
    "Expected as, rs, dc:ZONE or node:NAME, for example dc:a.example.",
  );
}

function hosts(text: string, before: string[]): string[] {
  return [...before, domain(text)];
}

function addresses(text: string, before: string[]): string[] {
  const ip = parseIp(text);
  if (ip !== undefined) return [...before, ip];
  throw new InvalidArgumentError("Expected an IP address, for example 127.0.0.1 or ::1.");
}
