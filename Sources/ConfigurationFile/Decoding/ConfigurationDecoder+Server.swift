import Model

extension ConfigurationDecoder {
  mutating func server() -> ServerSettings {
    let section = root.section("poolkeeper").section("server")
    var settings = ServerSettings()
    let tls = section.section("tls")
    if tls.isPresent {
      settings.tls = ServerTLSSettings(certificateFile: tls.text("certificate_file"), keyFile: tls.text("key_file"))
      settings.tls?.clientAuthorityFile = tls.optionalText("client_ca_file")
      for name in ["certificate_file", "key_file", "client_ca_file"] { checkReadable(name, in: tls) }
    }
    settings.access = section.sections("access").compactMap { AccessDecoding.entry($0, &problems) }
    settings.accessFile = section.optionalText("access_file")
    if let path = settings.accessFile {
      settings.access += accessEntries(of: path, at: section.at("access_file"))
    }
    settings.allowPlaintext = section.boolean("allow_plaintext")
    settings.hostNames = section.texts("host_names").map { $0.lowercased() }
    let limits = section.section("rate_limits")
    settings.rateLimits.readsPerSecond = limits.number("reads_per_second")
    settings.rateLimits.changesPerSecond = limits.number("changes_per_second")
    settings.rateLimits.failedAttemptsPerMinute = limits.number("failed_attempts_per_minute")
    settings.rateLimits.connectionsPerAddress = limits.integer("connections_per_address")
    let sessions = section.section("sessions")
    settings.sessionIdleTime = sessions.duration("idle_minutes")
    settings.sessionLifetime = sessions.duration("lifetime_hours")
    return settings
  }

  /// Reads a file that the server will read, so that what is wrong is told with the rest, and whoever watches the files of a
  /// configuration knows of it. What is in it is not looked at here.
  private mutating func checkReadable(_ name: String, in section: Section) {
    guard let path = section.optionalText(name) else { return }
    do { _ = try expander.readFile(path) } catch {
      problems.add(
        .warning, "unreadable_file", at: section.at(name), "The file \(JSONText.shown(path)) cannot be read: \(error).",
        "Make the file readable, or correct the path; the server does not start without it.")
    }
  }

  /// The entries of the access file; what is wrong in it is reported at the key that names it.
  private mutating func accessEntries(of path: String, at pointer: JSONPointer) -> [AccessEntry] {
    switch expander.contents(of: path) {
    case .failure(let failure):
      problems.add(
        .error, "unreadable_file", at: pointer,
        "The access file \(JSONText.shown(path)) cannot be read: \(failure.reason).",
        "Make the file readable, or correct the path.")
      return []
    case .success(let text):
      var found = ProblemList()
      let entries = AccessDecoding.entries(Array(text.utf8), expander, &found)
      for problem in found.problems {
        problems.add(
          problem.severity, problem.code, at: pointer,
          "In the access file, \(problem.pointer.isEmpty ? "as a whole" : "at \(problem.pointer)"): \(problem.message)",
          problem.remedy)
      }
      return entries
    }
  }
}

/// Reads entries of who may call.
enum AccessDecoding {
  /// Entries of one file.
  static let maximumEntries = 1_000

  /// The entries of an access file: a JSON list.
  static func entries(_ bytes: [UInt8], _ expander: VariableExpander, _ problems: inout ProblemList) -> [AccessEntry] {
    let document: JSONNode
    do { document = try JSONReader.read(bytes) } catch {
      problems.add(.error, "syntax", at: error.pointer, error.message, error.remedy)
      return []
    }
    var checker = StructureChecker(expander: expander, deferredSections: [])
    let checked = checker.check(document, .list(.object(Keys.accessEntry)), at: .root)
    for problem in checker.problems.problems {
      problems.add(problem.severity, problem.code, at: [problem.pointer], problem.message, problem.remedy)
    }
    guard case .list(let nodes)? = checked?.content else { return [] }
    guard nodes.count <= maximumEntries else {
      problems.add(
        .error, "too_many", at: .root, "There are \(nodes.count) entries, more than \(maximumEntries).",
        "Remove entries that nobody uses.")
      return []
    }
    return nodes.enumerated().compactMap { index, node in
      entry(Section(fields: Keys.accessEntry, node: node, pointer: JSONPointer([String(index)])), &problems)
    }
  }

  static func entry(_ section: Section, _ problems: inout ProblemList) -> AccessEntry? {
    guard let role: Role = section.choice("role"), section.has("name") else { return nil }
    let name = section.text("name")
    var proofs: [AccessEntry.Proof] = []
    if let text = section.optionalText("token_sha256") { proofs.append(.token(HexadecimalText.bytes(text) ?? [])) }
    if let hash = section.optionalText("password_hash").flatMap({ PasswordHash($0) }) { proofs.append(.password(hash)) }
    if let text = section.optionalText("certificate_name") { proofs.append(.certificate(text)) }
    guard let proof = proofs.first, proofs.count == 1 else {
      problems.add(
        .error, proofs.isEmpty ? "missing_key" : "two_credentials", at: section.pointer,
        "\(JSONText.shown(name)) has \(proofs.isEmpty ? "nothing" : "more than one thing") that proves who calls.",
        "Give exactly one of token_sha256, password_hash and certificate_name; further entries may have further names.")
      return nil
    }
    if case .password = proof, name.contains(":") {
      problems.add(
        .error, "invalid_name", at: section.at("name"), "A user of basic authentication has no colon in the name.",
        "Leave the colon out.")
    }
    return AccessEntry(name: name, role: role, proof: proof)
  }
}

/// Bytes as hexadecimal digits.
enum HexadecimalText {
  /// `nil` where there are other characters, or half a byte.
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var out: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      out.append(high << 4 | low)
    }
    return out
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
