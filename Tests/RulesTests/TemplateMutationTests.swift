import Rules
import Testing

/// Templates with random mistakes in them: each is read or refused with a reason, and nothing else happens.
@Suite struct TemplateMutationTests {
  /// SplitMix64, so that a failing seed fails again.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      return mixed ^ (mixed >> 31)
    }
  }

  private static let alphabet = Array("{}|()$.\"`\\-%/*:= \n1e9abi\u{e9}")
  private static let words = ["{{", "}}", "if", "else", "end", "with", "$value", "$labels.a", "printf", "{{- ", " -}}"]

  private static func mutated(_ template: String, _ generator: inout Generator) -> String {
    var text = Array(template)
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0...text.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: if place < text.count { text.remove(at: place) }
      case 1: text.insert(alphabet.randomElement(using: &generator)!, at: place)
      case 2: text.insert(contentsOf: words.randomElement(using: &generator)!, at: place)
      default: text.insert(contentsOf: text.prefix(place), at: place)
      }
    }
    return String(text)
  }

  private static func expandedTwice(_ text: String, _ data: TemplateData) throws -> (String, String) {
    let template = try Template(text)
    return (try template.expanded(data), try template.expanded(data))
  }

  @Test(arguments: 0..<16)
  func areReadOrRefusedWithAReason(seed: UInt64) {
    var generator = Generator(state: seed)
    let data = TemplateData(labels: ["pool": "burst"], value: 12.5)
    var refused = 0
    for _ in 0..<300 {
      let original = TemplateTests.table.randomElement(using: &generator)!.template
      let text = Self.mutated(original, &generator)
      do {
        let (first, second) = try Self.expandedTwice(text, data)
        #expect(first == second, "\(text)")
      } catch {
        refused += 1
        let reason = error as? RulesError
        #expect(reason?.code == .template && reason?.message.isEmpty == false, "\(text)")
      }
    }
    #expect(refused > 0 && refused < 300)
  }
}
