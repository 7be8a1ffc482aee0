import Model

extension Keys {
  static let httpServer: [Field] = [
    Field("tls", .object(serverTLS), "Encryption of the server; without it HTTP is plain."),
    Field(
      "access", .list(.object(accessEntry)),
      "Who may call. Without any entry everybody on this machine may, and the server listens on loopback only."),
    Field(
      "access_file", .text(.path),
      "File with more entries, a JSON list of the same form; read again when it changes. Only its owner should be able to "
        + "read it."),
    switchField(
      "allow_plaintext",
      "Listen beyond loopback without TLS all the same: behind a proxy that has it, or on an encrypted network.",
      standard: false),
    Field(
      "host_names", .list(.text(.hostName)),
      "Names under which browsers reach this server; addresses and localhost need not be named. Pages under other names "
        + "cannot give orders."),
    Field("rate_limits", .object(rateLimits), "How much one caller may ask; they hold where access is configured."),
    Field("sessions", .object(sessions), "How long somebody stays signed in to the console."),
  ]

  private static let serverTLS: [Field] = [
    Field(
      "certificate_file", .text(.path),
      "PEM file of the server's certificate and those between it and the authority; read again when it changes."
    ).asRequired,
    Field("key_file", .text(.path), "PEM file of the certificate's key, not encrypted.").asRequired,
    Field(
      "client_ca_file", .text(.path),
      "PEM file of the authorities whose client certificates are taken; who shows none may prove a name by other means.",
      note: "no client certificates"),
  ]

  /// One entry of `access` and of the access file.
  static let accessEntry: [Field] = [
    Field("name", .text(.name), "Who: told in events and the audit log, and the user of basic authentication.")
      .asRequired,
    Field(
      "role", .choice(Role.allCases.map(\.rawValue)),
      "ingest: deliver samples and alerts; read: look; operate: look, and order, extend, remove, approve; admin: all."
    ).asRequired,
    Field("token_sha256", .text(.tokenHash), "SHA-256 of a bearer token, as poolkeeper token new prints it."),
    Field("password_hash", .text(.passwordHash), "Hash of a password, as poolkeeper token password prints it."),
    Field(
      "certificate_name", .text(.name),
      "Common name, DNS name or URI of a client certificate; needs tls.client_ca_file."),
  ]

  private static let rateLimits: [Field] = [
    Field(
      "reads_per_second", .number(1...100_000), "Reading calls of one caller, on average; ten times as many at once.",
      standard: 100),
    Field(
      "changes_per_second", .number(0.1...1_000),
      "Changing calls of one caller, on average; ten times as many at once.",
      standard: 5),
    Field(
      "failed_attempts_per_minute", .number(1...1_000),
      "Attempts with a wrong token or password from one address; further passwords are not even looked at.",
      standard: 10),
    Field(
      "connections_per_address", .integer(1...512),
      "Connections from one address at one time; loopback does not count. Raise it behind a proxy.", standard: 128),
  ]

  private static let sessions: [Field] = [
    Field(
      "idle_minutes", .number(1...10_080), "A session ends after so long without a call.", unit: .minutes, standard: 60),
    Field(
      "lifetime_hours", .number(0.1...720), "A session ends so long after signing in.", unit: .hours, standard: 12),
  ]
}
