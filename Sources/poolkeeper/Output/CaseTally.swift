import ArgumentParser

/// Tells the outcome of test cases as they come, and counts them: what commands that run tests say.
struct CaseTally {
  /// Whether passed cases are told, too.
  let isVerbose: Bool
  private var passed = 0
  private var failed = 0

  init(isVerbose: Bool) { self.isVerbose = isVerbose }

  /// - Parameter failure: what was wrong; `nil` when nothing was.
  mutating func add(_ name: String, failure: String?) {
    if let failure {
      failed += 1
      Console.out("FAIL \(name)\n     \(failure)")
    } else {
      passed += 1
      if isVerbose { Console.out("pass \(name)") }
    }
  }

  /// Prints the counts in a line of their own.
  /// - Throws: the exit code of failure when a case failed.
  func finish() throws {
    Console.out("\(passed) passed, \(failed) failed")
    if failed > 0 { throw ExitCode(Failure.Kind.failed.rawValue) }
  }
}
