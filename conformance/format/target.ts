/**
 * The target file: where the implementation under test is, what it claims, how to reach it.
 * Paths are relative to the file. docs/schemas/target.json is the published JSON Schema.
 *
 * @module
 */
import { z } from "zod";
import { extensions, sessionManagerProfiles, terminalProfiles } from "./profiles.ts";

const endpoint = z.string().regex(
  /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
  'write "host:port", IPv6 in brackets',
);

/** Where one instance of the session manager listens. */
export const instance = z.strictObject({
  tls: endpoint.optional(),
  tcp: endpoint.optional(),
  udp: endpoint.optional(),
  tls6: endpoint.optional(),
  tcp6: endpoint.optional(),
  udp6: endpoint.optional(),
});
/** Where one instance of the session manager listens. */
export type Instance = z.infer<typeof instance>;

const command = z.array(z.string()).min(1).describe(
  "program and arguments; ${server} ${name} ${user} ${passwordFile} ${trust} ${callee} ${text} ${local} are filled in",
);

const keyPair = z.strictObject({ certificate: z.string(), key: z.string() });

type Names<T> = [keyof T & string, ...(keyof T & string)[]];

/** Schema of a target file. */
export const targetSchema = z.strictObject({
  name: z.string().min(1),
  "session-manager": z.strictObject({
    profiles: z.partialRecord(
      z.enum(
        (Object.keys(sessionManagerProfiles) as Names<typeof sessionManagerProfiles>)
          .filter((name) => name !== "sm-chain"),
      ),
      instance,
    ).describe("the profiles it claims, and where the instance with these settings listens"),
    claims: z.array(z.enum(Object.keys(extensions) as Names<typeof extensions>)).optional(),
    trust: z.array(z.string()).min(1).describe(
      "PEM files: the CAs that signed the IUT's certificate",
    ),
    serverName: z.string().optional().describe("what its certificate proves; default abc.test"),
    accounts: z.record(z.string(), z.strictObject({ password: z.string() })).optional().describe(
      "passwords of user-a to user-f, where they are not the default ones",
    ),
    local: z.string().optional().describe(
      "first address the harness's peers use; default 127.0.0.10, the next ones follow",
    ),
    authority: keyPair.optional().describe(
      "CA the IUT trusts for terminals and neighbours: the harness issues its certificates with it",
    ),
    neighbour: z.strictObject({ listen: endpoint }).optional().describe(
      "where the IUT is configured to reach xyz.test; the harness listens there",
    ),
    parallel: z.number().int().min(1).optional().describe("cases at once; default 1"),
  }).optional(),
  terminal: z.strictObject({
    profiles: z.partialRecord(
      z.enum(Object.keys(terminalProfiles) as Names<typeof terminalProfiles>),
      z.strictObject({
        listen: command,
        call: command.optional(),
        message: command.optional(),
        register: command.optional(),
        from: command.optional().describe("arguments added when it claims another name, ${from}"),
      }),
    ),
    claims: z.array(z.enum(Object.keys(extensions) as Names<typeof extensions>)).optional(),
    environment: z.record(z.string(), z.string()).optional(),
    directory: z.string().optional().describe("working directory; default the target file's"),
    parallel: z.number().int().min(1).optional(),
  }).optional(),
  codec: z.strictObject({ command, directory: z.string().optional() }).optional(),
}).check((context) => {
  const value = context.value;
  if (!value["session-manager"] && !value.terminal && !value.codec) {
    context.issues.push({
      code: "custom",
      input: value,
      path: [],
      message: "a target needs session-manager, terminal or codec",
    });
  }
}).meta({ title: "ntm conformance target" });
/** A target file as written. */
export type TargetFile = z.infer<typeof targetSchema>;
