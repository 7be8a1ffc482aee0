import ConfigurationFile

/// A part of the running program that takes over a changed configuration.
///
/// A reload asks every part to prepare before anything changes: a part reads what it needs (files, certificates) and checks
/// it, and changes nothing. When one refuses, nothing changes anywhere. Otherwise the steps run one after the other, in the
/// order of the parts. There is one reload at a time; `prepare` and the steps may run on any thread.
///
/// The configuration has been checked as `poolkeeper check` does, and has the running values for what needs a restart
/// (`FixedKeys`). It may also be equal to the one before: then a file that it names may have changed.
protocol Reloadable: Sendable {
  /// - Returns: what puts the configuration into effect; it cannot fail, and is short.
  /// - Throws: `ReloadRefusal` with what is wrong and what would help. Secrets never get into it.
  func prepare(_ next: ConfigurationFile.Configuration) async throws(ReloadRefusal) -> ReloadStep
}

/// Puts a configuration that has been prepared into effect.
typealias ReloadStep = @Sendable () async -> Void

/// Why a configuration that is right by itself cannot be taken over.
struct ReloadRefusal: Error {
  var problems: [Problem]

  init(_ problems: [Problem]) { self.problems = problems }

  /// One problem at the key that it comes from.
  init(code: String, pointer: String, message: String, remedy: String) {
    problems = [Problem(.error, code: code, pointer: pointer, message: message, remedy: remedy)]
  }
}
