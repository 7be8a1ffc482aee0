import ArgumentParser

/// Why a command failed: a sentence for the person, and the exit code for the script.
struct Failure: Error, CustomStringConvertible {
  /// The one table of exit codes; `docs/command-line.md` tells it to users.
  enum Kind: Int32 {
    /// The command did not succeed: refused, or problems were found.
    case failed = 1
    /// Something that was named does not exist.
    case notFound = 2
    /// The server cannot be reached.
    case unreachable = 3
    /// A file, directory, address or permission of this machine is in the way.
    case environment = 4
    /// The arguments or the configuration are wrong (the value that ArgumentParser uses for its own errors).
    case usage = 64
    /// A signal ended long work early; what was found until then was printed (the value that shells give to SIGINT).
    case interrupted = 130
  }

  let kind: Kind
  let message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  var description: String { message }
}
