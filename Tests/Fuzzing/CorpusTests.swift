import Foundation
import Testing

/// The committed inputs, and some thousands of changes to them.
@Suite(.serialized) struct CorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "corpus")

  private static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let folder = folder.appendingPathComponent(target.rawValue)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
      (name, Array(try Data(contentsOf: folder.appendingPathComponent(name))))
    }
  }

  /// `POOLKEEPER_RECORD=1` writes the seeds anew.
  @Test(arguments: FuzzTarget.allCases) func holdsWhatIsWrittenToday(_ target: FuzzTarget) throws {
    let folder = Self.folder.appendingPathComponent(target.rawValue)
    for (name, bytes) in try CorpusSeeds.of(target) {
      let file = folder.appendingPathComponent(name)
      if ProcessInfo.processInfo.environment["POOLKEEPER_RECORD"] != nil {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
      }
      #expect(try Array(Data(contentsOf: file)) == bytes, "run the tests with POOLKEEPER_RECORD=1")
    }
  }

  @Test(arguments: FuzzTarget.allCases) func survivesTheCorpus(_ target: FuzzTarget) throws {
    let inputs = try Self.inputs(target)
    #expect(inputs.count >= 5)
    for (name, bytes) in inputs {
      #expect(throws: Never.self, "\(target) \(name)") { try target.run(bytes) }
    }
  }

  @Test(arguments: FuzzTarget.allCases) func survivesChangesToTheCorpus(_ target: FuzzTarget) throws {
    let inputs = try Self.inputs(target).map(\.bytes).filter { $0.count < 4_000 }
    var generator = SeededGenerator(seed: 20)
    let before = Self.residentBytes()
    for round in 0..<1_500 {
      var bytes = inputs.randomElement(using: &generator)!
      for _ in 0..<1 + round % 3 {
        bytes = Mutator.mutated(bytes, with: inputs.randomElement(using: &generator)!, &generator)
      }
      do { try target.run(bytes) } catch {
        Issue.record("\(target) fails for \(Data(bytes).base64EncodedString()): \(error)")
        return
      }
    }
    // No input may take memory for good, nor much of it at a time.
    if let before, let after = Self.residentBytes() { #expect(after - before < 256 << 20) }
  }

  /// Memory of this process in RAM, where the system tells it.
  private static func residentBytes() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * 4_096 } : nil
  }
}
