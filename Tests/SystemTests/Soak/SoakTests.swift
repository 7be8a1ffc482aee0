import Foundation
import Model
import Testing

@testable import poolkeeper

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The soak itself, for half a minute: it lets a good server pass, and finds what is wrong with a bad one.
@Suite struct SoakTests {
  private func soak(_ directory: URL, seed: Int, server: String? = nil) throws -> RunningProgram {
    try RunningProgram(
      Bench.poolkeeper,
      [
        "simulate", "soak", "--minutes", "0.5", "--seed", "\(seed)", "--data", directory.path, "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path,
      ] + (server.map { ["--server", $0, "--healing-seconds", "20"] } ?? []))
  }

  @Test(.timeLimit(.minutes(8))) func aGoodServerPassesEveryCheck() async throws {
    try await Bench.withDirectory { directory in
      let run = try soak(directory, seed: 1)
      let code = await run.end()
      #expect(code == 0, "\(run.text)")
      for check in SoakCheck.allCases {
        #expect(run.text.contains("\(check.rawValue) ") && !run.text.contains("FOUND"), "\(run.text)")
      }
      #expect(run.text.contains(/numbered samples asked for +[1-9][0-9]{2}/), "\(run.text)")
      #expect(run.text.contains(/descriptors +[0-9]+ +[0-9]+ .*flat/), "\(run.text)")
    }
  }

  /// A server into which something opens a file ten times a second and never closes it, in a world in which somebody makes a second
  /// machine of one of its workers.
  @Test(.timeLimit(.minutes(8))) func aLeakAndASecondMachineAreFound() async throws {
    guard let clang = Bench.program("clang") else {
      print("skipped: clang is not installed")
      return
    }
    try await Bench.withDirectory { directory in
      let server = try await leakingServer(directory, clang)
      let data = directory.appendingPathComponent("soak")
      let run = try soak(data, seed: 2, server: server)
      try await Bench.eventually("a second machine; the soak said: \(run.text)") {
        try #require(run.isRunning, "\(run.text)")
        return (try? await makeSecondMachine(data)) == true ? true : nil
      }
      let code = await run.end()
      #expect(code == 1, "\(run.text)")
      #expect(run.text.contains(/no worker was made twice +[1-9][0-9]* FOUND/), "\(run.text)")
      #expect(run.text.contains(/descriptors stayed flat +[1-9][0-9]* FOUND/), "\(run.text)")
      #expect(run.text.contains(/no acknowledged sample was lost +ok/), "\(run.text)")
    }
  }

  @Test(.timeLimit(.minutes(5))) func aSignalEndsItEarlyWithWhatItHas() async throws {
    try await Bench.withDirectory { directory in
      let run = try soak(directory, seed: 3)
      let journal = WireStage.dataDirectory(directory).appendingPathComponent("journal.sqlite").path
      try await Bench.eventually("the server's start; the soak said: \(run.text)") {
        FileManager.default.fileExists(atPath: journal) ? true : nil
      }
      run.signal(SIGTERM)
      let code = await run.end()
      #expect(run.text.contains("of chaos") && run.text.contains(", interrupted"), "\(run.text)")
      #expect(run.text.contains(/all was well again in time after the last fault +not looked at/), "\(run.text)")
      #expect(code == 130, "\(run.text)")
    }
  }

  /// A script that starts the program under test with a library that leaks.
  /// - Returns: its path.
  private func leakingServer(_ directory: URL, _ clang: String) async throws -> String {
    let source = """
      #include <fcntl.h>
      #include <pthread.h>
      #include <unistd.h>
      static void *leak(void *nothing) {
        for (;;) { open("/dev/null", O_RDONLY); usleep(100000); }
        return nothing;
      }
      __attribute__((constructor)) static void begin(void) {
        pthread_t thread;
        pthread_create(&thread, 0, leak, 0);
      }
      """
    let (file, library) = (directory.appendingPathComponent("leak.c"), directory.appendingPathComponent("leak.so"))
    try source.write(to: file, atomically: true, encoding: .utf8)
    let compile = try RunningProgram(clang, ["-shared", "-fPIC", "-pthread", "-o", library.path, file.path])
    try #require(await compile.end() == 0, "\(compile.text)")
    let script = directory.appendingPathComponent("server.sh")
    try "#!/bin/sh\nLD_PRELOAD='\(library.path)' exec '\(Bench.poolkeeper)' \"$@\"\n"
      .write(to: script, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
    return script.path
  }

  /// - Returns: whether a machine was cloned that is described as one that is there; `false` while there is none.
  private func makeSecondMachine(_ directory: URL) async throws -> Bool {
    let machines = try await WireBench.proxmox(in: directory, "GET", "/cluster/resources?type=vm") as? [[String: Any]]
    guard let ours = machines?.first(where: { ($0["vmid"] as? Int ?? 0) > 9_000_000 }),
      let (node, number) = Self.place(ours),
      let template = machines?.first(where: { $0["vmid"] as? Int == 9001 }).flatMap(Self.place)
    else { return false }
    let config = try await WireBench.proxmox(in: directory, "GET", "/nodes/\(node)/qemu/\(number)/config")
    // A clone that is still being made does not bear its mark yet.
    guard let description = (config as? [String: Any])?["description"] as? String,
      OwnerMark(in: description) != nil
    else { return false }
    _ = try await WireBench.proxmox(
      in: directory, "POST", "/nodes/\(template.node)/qemu/9001/clone",
      ["newid": "123456", "name": "second", "description": description, "full": "1", "target": node])
    return true
  }

  private static func place(_ machine: [String: Any]) -> (node: String, number: Int)? {
    guard let node = machine["node"] as? String, let number = machine["vmid"] as? Int else { return nil }
    return (node, number)
  }
}
