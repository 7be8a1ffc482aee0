import Testing

@testable import PromQL

@Suite struct ParserPropertyTests {
  @Test(arguments: 0..<20)
  func readingAPrintedExpressionGivesItBack(_ seed: UInt64) throws {
    var generator = ExpressionGenerator(seed: seed)
    for _ in 0..<100 {
      let expression = generator.expression(depth: 4)
      let line = expression.text
      let again = try Parser.expression(line)
      #expect(again == expression, "\(line) came back as \(again.text)")
      let pretty = expression.pretty()
      #expect(try Parser.expression(pretty) == expression, "\(pretty)")
    }
  }

  @Test(arguments: 0..<20)
  func mutatedExpressionsNeverCrashTheParser(_ seed: UInt64) {
    var generator = ExpressionGenerator(seed: 1000 + seed)
    var random = SplitMix(seed: seed)
    let spice = Array("(){}[]\"'`\\,:@+-*/%^=!~<>#_.0x1e9mshdwy \n\u{0}ü".utf8)
    for _ in 0..<150 {
      var bytes = Array(generator.expression(depth: 3).text.utf8)
      for _ in 0..<(1 + random.next() % 4) {
        let place = Int(random.next() % UInt64(bytes.count + 1))
        switch random.next() % 4 {
        case 0 where place < bytes.count: bytes.remove(at: place)
        case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes.insert(random.pick(spice), at: place)
        default: bytes.insert(contentsOf: bytes.prefix(Int(random.next() % 20)), at: place)
        }
      }
      accepts(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test(arguments: 0..<10)
  func randomBytesNeverCrashTheParser(_ seed: UInt64) {
    var random = SplitMix(seed: 77 + seed)
    for _ in 0..<300 {
      let length = Int(random.next() % 60)
      accepts(String(decoding: (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }, as: UTF8.self))
    }
  }

  /// What the parser takes, it must also print and take again; what it refuses, it refuses with a position.
  private func accepts(_ text: String) {
    do {
      let query = try Query(parse: text)
      let printed = query.expression.text
      // Printing sorts conditions, so that only what was printed before comes back as it was.
      #expect((try? Query(parse: printed))?.expression.text == printed, "\(text) printed as \(printed)")
    } catch {
      #expect(error.code == .badData)
      #expect(error.position != nil)
    }
  }

  @Test(arguments: ["(", "-", "+", "sum(", "abs(", "a[5m:", "x[(", "1+(", "1^", "{a=\"", "a[min(", "a offset ("])
  func deepNestingIsAnErrorAndNoCrash(_ opening: String) {
    for count in [1_000, 20_000] {
      #expect(throws: PromQLError.self) { try Query(parse: String(repeating: opening, count: count)) }
    }
  }

  @Test func longChainsAreAnErrorAndNoCrash() throws {
    #expect(throws: PromQLError.self) { try Query(parse: "1" + String(repeating: "+1", count: 20_000)) }
    #expect(throws: PromQLError.self) { try Query(parse: "1" + String(repeating: "^1", count: 20_000)) }
    #expect(throws: PromQLError.self) { try Query(parse: "a[1" + String(repeating: "+1", count: 20_000) + "]") }
    #expect(throws: PromQLError.self) { try Query(parse: "a" + String(repeating: "[5m:1m]", count: 1000)) }
    let most = try Query(parse: "1" + String(repeating: "+1", count: Parser.depthLimit - 1))
    let result = try Engine().instant(most, TableSource(), at: 0)
    guard case .scalar(_, let value) = result.value else { throw PromQLError(.execution, "expected a scalar") }
    #expect(value == Double(Parser.depthLimit))
  }

  @Test func nestedParenthesesUpToTheLimitAreEvaluated() throws {
    let depth = Parser.depthLimit / 2 - 1
    let text = String(repeating: "abs(-", count: depth) + "vector(1)" + String(repeating: ")", count: depth)
    let result = try Engine().instant(try Query(parse: text), TableSource(), at: 0)
    guard case .vector(_, let samples) = result.value else { throw PromQLError(.execution, "expected a vector") }
    #expect(samples.map(\.value) == [.float(1)])
  }
}
