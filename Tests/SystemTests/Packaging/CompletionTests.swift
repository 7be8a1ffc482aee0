import Foundation
import Testing

/// The completions that packages carry, in the shells that read them.
@Suite struct CompletionTests {
  private static func with(
    _ shell: String, _ body: (_ program: String, _ script: String) async throws -> Void
  ) async throws {
    guard let program = Packaging.tool(shell) else { return }
    try await Bench.withDirectory { directory in
      let made = try await Packaging.run(Bench.poolkeeper, ["--generate-completion-script", shell])
      try #require(made.code == 0)
      let script = directory.appendingPathComponent("completion").path
      try made.text.write(toFile: script, atomically: true, encoding: .utf8)
      try await body(program, script)
    }
  }

  @Test(arguments: [
    (["ser"], ["serve"]), (["serve", "--mode", ""], ["observe", "act"]), (["simulate", "w"], ["world"]),
    (["workers", "--output", "j"], ["json"]), (["manu"], []),
  ])
  func bashCompletes(words: [String], offered: [String]) async throws {
    try await Self.with("bash") { bash, script in
      // As readline calls it: the command, the word, and the word before.
      let call = """
        source "$1"; shift
        complete -p poolkeeper >/dev/null || exit 1
        COMP_WORDS=(poolkeeper "$@") COMP_CWORD=$# COMP_LINE="poolkeeper $*" COMPREPLY=()
        COMP_POINT=${#COMP_LINE}
        _poolkeeper poolkeeper "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      let outcome = try await Packaging.run(bash, ["--norc", "-c", call, "bash", script] + words)
      #expect(outcome.code == 0, "\(outcome.text)")
      #expect(outcome.text.split(separator: "\n").map(String.init) == offered)
    }
  }

  @Test func zshLoadsThem() async throws {
    try await Self.with("zsh") { zsh, script in
      let call = "autoload -U compinit && compinit -D -u && source \"$1\" && print $_comps[poolkeeper]"
      let outcome = try await Packaging.run(zsh, ["-f", "-c", call, "zsh", script])
      #expect(outcome.code == 0 && outcome.text == "_poolkeeper\n", "\(outcome.text)")
    }
  }

  @Test func fishCompletes() async throws {
    try await Self.with("fish") { fish, script in
      try await Bench.withDirectory { home in
        let outcome = try await Packaging.run(
          fish, ["--no-config", "-c", "source $argv[1]; complete -C 'poolkeeper ser'", script],
          environment: ["HOME": home.path, "XDG_CONFIG_HOME": home.path, "XDG_DATA_HOME": home.path])
        #expect(outcome.code == 0 && outcome.text.hasPrefix("serve\t"), "\(outcome.text)")
      }
    }
  }
}
