import MCP
import Testing

@Suite struct LineSplitterTests {
  private func texts(_ pieces: [String], limit: Int = 10) -> [String] {
    var splitter = LineSplitter(limit: limit)
    let lines = pieces.flatMap { splitter.add(Array($0.utf8)) } + splitter.end()
    return lines.map { line in
      if case .whole(let bytes) = line { String(decoding: bytes, as: UTF8.self) } else { "too long" }
    }
  }

  @Test(
    arguments: [
      (["a\nb\n"], ["a", "b"]),
      (["a", "b\nc", "\n"], ["ab", "c"]),
      (["a\r\n\r\n\nb"], ["a", "b"]),
      ([], []),
      (["\n\n"], []),
      (["0123456789\n", "x\n"], ["0123456789", "x"]),
      (["01234567890\nx\n"], ["too long", "x"]),
      (["0123456", "7890123", "456789", "\nx"], ["too long", "x"]),
      (["01234567890"], ["too long"]),
    ] as [([String], [String])])
  func cutsPiecesIntoLinesAndTellsOnceOfEachThatIsTooLong(pieces: [String], lines: [String]) {
    #expect(texts(pieces) == lines)
  }
}
