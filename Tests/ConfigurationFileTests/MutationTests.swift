import ConfigurationFile
import Foundation
import Testing

/// Damaged files must never stop the program, and never be taken for right when they are not.
@Suite struct MutationTests {
  /// xorshift64*: the same numbers for the same seed, everywhere.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return state &* 2_685_821_657_736_338_717
    }
  }

  static var values: [Any] {
    [
      NSNull(), true, false, 0, -1, 1, 1e300, 9_007_199_254_740_993, -1e-300, "", "x", "${X}", "${", "$$", [Any](),
      [String: Any](), [[1]], ["a": ["b": NSNull()]], String(repeating: "é", count: 300), "1e9", 1e15, 1e9, 1_000_000,
    ]
  }

  private func mutate(_ node: Any, _ generator: inout Generator, depth: Int = 0) -> Any {
    if depth > 1, Int.random(in: 0..<6, using: &generator) == 0 { return Self.values.randomElement(using: &generator)! }
    if var object = node as? [String: Any], let key = object.keys.sorted().randomElement(using: &generator) {
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: object[key] = nil
      case 1: object[key + "x"] = object[key]
      case 2: object[key] = object[object.keys.sorted().randomElement(using: &generator)!]
      default: object[key] = mutate(object[key]!, &generator, depth: depth + 1)
      }
      return object
    }
    if var list = node as? [Any], !list.isEmpty {
      let index = Int.random(in: 0..<list.count, using: &generator)
      if Bool.random(using: &generator) {
        list.append(list[index])
      } else {
        list[index] = mutate(list[index], &generator, depth: depth + 1)
      }
      return list
    }
    return Self.values.randomElement(using: &generator)!
  }

  @Test(arguments: 1...8)
  func survivesChangedNodes(seed: UInt64) throws {
    var generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15)
    let bytes = try Repository.bytes("config/worker-pools.json")
    var failed = 0
    for _ in 0..<30 {
      var document = try JSONSerialization.jsonObject(with: Data(bytes))
      for _ in 0..<Int.random(in: 1...12, using: &generator) { document = mutate(document, &generator) }
      let data = try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys, .fragmentsAllowed])
      let outcome = ConfigurationReader().read(Array(data))
      #expect((outcome.configuration == nil) == outcome.problems.contains { $0.severity == .error })
      #expect(outcome.problems.allSatisfy { !$0.message.isEmpty && !$0.remedy.isEmpty && $0.position != nil })
      if outcome.configuration == nil { failed += 1 }
    }
    #expect(failed > 5)
  }

  @Test(arguments: 1...4)
  func survivesChangedBytes(seed: UInt64) throws {
    var generator = Generator(state: seed &* 0xD1B5_4A32_D192_ED03)
    let bytes = try Repository.bytes("config/worker-pools.json")
    for _ in 0..<40 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<changed.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: changed[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: changed.remove(at: index)
        default: changed.insert(contentsOf: changed[index..<min(index + 40, changed.count)], at: index)
        }
      }
      let outcome = ConfigurationReader().read(changed)
      #expect((outcome.configuration == nil) == outcome.problems.contains { $0.severity == .error })
    }
  }

  @Test func refusesEveryTruncation() throws {
    let bytes = try Repository.bytes("config/worker-pools.json")
    let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
    for length in stride(from: 0, through: end, by: 101) {
      let outcome = ConfigurationReader().read(Array(bytes[..<length]))
      #expect(outcome.configuration == nil)
      #expect(outcome.problems.map(\.code) == ["syntax"])
    }
  }
}
