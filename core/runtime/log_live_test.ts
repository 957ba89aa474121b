import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "../config/problem.ts";
import type { LogFacts } from "./log.ts";
import { liveLog, type LogSettings, logSettings } from "./log_live.ts";
import { formatJson, formatText, LOG_VALUE_LIMIT, withoutSecrets } from "./log_record.ts";
import { isSecretName } from "./secret_names.ts";

/** Lines of what `use` logs. */
async function lines(
  settings: LogSettings,
  use: (log: Awaited<ReturnType<typeof liveLog>>) => void,
): Promise<string[]> {
  const written: string[] = [];
  use(await liveLog(settings, (line) => written.push(line)));
  return written;
}

const record = (facts: LogFacts, event = "event") =>
  ({ time: Date.UTC(2026, 0, 1), level: "info", event, facts }) as const;

Deno.test("liveLog writes records of its level and above, as text or JSON", async () => {
  const use = (log: Awaited<ReturnType<typeof liveLog>>) => {
    log.write("debug", "too small");
    log.write("info", "request refused", {
      cause: "spoof check: From",
      status: 403,
      more: undefined,
    });
    log.write("error", "braces {stay} as they are");
  };
  const text = await lines({ level: "info", format: "text" }, use);
  assert.equal(text.length, 2);
  assert.match(
    text[0] ?? "",
    /^\d{4}-\d\d-\d\dT[\d:.]+Z info {4}request refused cause="spoof check: From" status=403$/,
  );
  assert.match(text[1] ?? "", / error {3}braces {stay} as they are$/);
  const json = await lines({ level: "error", format: "json" }, use);
  assert.equal(json.length, 1);
  const { time, ...rest } = JSON.parse(json[0] ?? "");
  assert(!Number.isNaN(Date.parse(time)));
  assert.deepEqual(rest, { level: "error", event: "braces {stay} as they are", facts: {} });
  assert.deepEqual(await lines({ level: "off", format: "text" }, use), []);
});

Deno.test("a log line shows no fact whose name is a secret's", async () => {
  const names = [
    ..."password Password userPassword password_file key privateKey tls-key secret clientSecret"
      .split(" "),
    ..."authorization Authorization proxyAuthorization psk token accessToken ha1 passphrase".split(
      " ",
    ),
    ..."credentials cookie PASSWORD passwords".split(" "),
  ];
  for (const name of names) {
    assert(isSecretName(name), name);
    for (const format of ["text", "json"] as const) {
      const [line] = await lines(
        { level: "info", format },
        (log) => log.write("info", "e", { [name]: "hunter2" }),
      );
      assert(line && !line.includes("hunter2"), `${name} in ${line}`);
      assert(line.includes("[redacted]"));
    }
  }
  for (const name of ["method", "channel", "remote", "keepalive", "monkey", "error", "status"]) {
    assert(!isSecretName(name), name);
  }
});

Deno.test("a log line shows no secret inside a text either", () => {
  const texts = [
    "password=hunter2 and more",
    'user: a, "password": "hunter2"',
    "Authorization: Digest username=a, response=hunter2",
    "Proxy-Authorization: Digest a=b,\r\n response=hunter2",
    "got Digest username=a, response=hunter2",
    "Bearer hunter2hunter2",
    "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
    "-----BEGIN EC PRIVATE KEY-----\nhunter2",
    "password=hunter2" + "x".repeat(5000),
    "x".repeat(LOG_VALUE_LIMIT - 10) + "password=hunter2",
  ];
  for (const text of texts) {
    for (const line of [formatText(record({ text })), formatJson(record({ text }))]) {
      assert(!line.includes("hunter2"), line);
    }
    assert(!formatText(record({}, text)).includes("hunter2"));
  }
  assert.equal(
    withoutSecrets("sip:user-a@abc.test has no secret"),
    "sip:user-a@abc.test has no secret",
  );
});

Deno.test("a log line is one line without control characters, whatever the network sends", () => {
  // deno-lint-ignore no-control-regex -- it is the control characters that are looked for
  const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/;
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom("\r", "\n", "\u001b[2J", "\u0085", "\u2028", "\u202e", '"', "\\", "\0"),
      fc.string(),
    ),
  });
  fc.assert(fc.property(nasty, nasty, nasty, (event, name, value) => {
    const one = record({ [name]: value }, event);
    assert(!control.test(formatText(one)));
    const json = formatJson(one);
    assert(!control.test(json));
    JSON.parse(json);
  }));
});

Deno.test("a log line is bounded", () => {
  const line = formatText(record({ a: "x".repeat(1_000_000) }));
  assert(line.length < LOG_VALUE_LIMIT + 100);
});

Deno.test("logSettings: option over environment over info as text; what is not allowed is named", () => {
  assert.deepEqual(logSettings({}, {}), { level: "info", format: "text" });
  assert.deepEqual(logSettings({}, { NTM_LOG: "", NTM_LOG_FORMAT: "json" }), {
    level: "info",
    format: "json",
  });
  const env = { NTM_LOG: "debug", NTM_LOG_FORMAT: "json" };
  assert.deepEqual(logSettings({}, env), { level: "debug", format: "json" });
  assert.deepEqual(logSettings({ level: "off", format: "text" }, env), {
    level: "off",
    format: "text",
  });
  assert.throws(
    () => logSettings({}, { NTM_LOG: "warn" }),
    (error) =>
      error instanceof ConfigError &&
      error.message.startsWith('environment variable NTM_LOG: "warn" is not allowed'),
  );
  assert.throws(
    () => logSettings({ level: "debgu" }, {}),
    /option --log: .* did you mean "debug"\?/,
  );
});
