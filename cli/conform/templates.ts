/**
 * What `ntm conform init` writes.
 *
 * @module
 */

/** A target file. */
export const targetTemplate = `# What to judge, for: ntm conform run --target target.yaml
# docs/vectors.md describes every key; paths are relative to this file.
name: my implementation

# A session manager that runs already, with domain abc.test and the accounts user-a to user-f.
session-manager:
  # Which profiles it claims, and where the instance with these settings listens. A case that needs what is not
  # claimed is reported as not claimed, never as passed.
  profiles:
    sm: { tls: "127.0.0.1:5061" }
    # sm-mark: { tls: "127.0.0.1:5161" }        # mismatch: mark
    # sm-neighbour: { tls: "127.0.0.1:5261" }   # check: neighbour
    # sm-minimum: { tls: "127.0.0.1:5361" }     # minimumLevel 3
    # sm-policy: { tls: "127.0.0.1:5461" }      # the refused pairs of docs/vectors.md
  # What every one of these instances can do besides; each needs the endpoints or keys below.
  claims: []   # sm-certificate, sm-plain, sm-domains, ipv6
  # CA certificates that its certificate for abc.test is from.
  trust: [ca.pem]
  # Passwords, where they are not "password of user-a" and so on.
  # accounts: { user-a: { password: "..." } }
  # CA that it trusts for terminals and neighbours; the harness issues certificates with it.
  # authority: { certificate: ca.pem, key: ca.key.pem }
  # Where it looks for its neighbour xyz.test; the harness listens there.
  # neighbour: { listen: "127.0.0.30:5061" }
  # First address the harness's peers use; loopback addresses count up from it.
  local: 127.0.0.10
  # Cases at once.
  parallel: 1

# A terminal: started once for each action. It is user-b of abc.test.
# terminal:
#   profiles:
#     terminal:
#       listen: [ntm, terminal, listen, --name, "\${name}", --server, "\${server}", --trust, "\${trust}",
#                --password-file, "\${passwordFile}", --local, "\${local}"]
#       call: [ntm, terminal, call, "\${callee}", --duration, "1", --name, "\${name}", --server, "\${server}", --trust, "\${trust}",
#              --password-file, "\${passwordFile}", --local, "\${local}"]

# Codec functions, one JSON object a line on stdin and stdout.
# codec: { command: [ntm, conform, adapter] }
`;

/** A list of expected failures. */
export const expectedTemplate =
  `# Cases known to fail, for: ntm conform run --expected-failures expected-failures.yaml
# An entry that matches no case, or whose cases all pass, is an error: the list stays true.
expected: []
#  - case: "sm/way_back/**"
#    reason: "responses are not checked yet, planned for the next release"
`;
