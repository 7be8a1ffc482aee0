/// Cuts a stream of bytes into lines.
public struct LineSplitter: Sendable {
  public enum Line: Hashable, Sendable {
    /// A line without its end; never empty.
    case whole([UInt8])
    /// A line of more bytes than are allowed, told once as soon as it is noticed; the rest of it is passed over.
    case tooLong
  }

  /// Bytes of a line.
  private let limit: Int
  private var rest: [UInt8] = []
  private var isPassingOver = false

  public init(limit: Int) { self.limit = limit }

  /// The lines that these bytes complete.
  public mutating func add(_ bytes: [UInt8]) -> [Line] {
    var lines: [Line] = []
    var remaining = bytes[...]
    while let end = remaining.firstIndex(of: 0x0A) {
      take(remaining[..<end], into: &lines)
      finish(into: &lines)
      remaining = remaining[(end + 1)...]
    }
    take(remaining, into: &lines)
    return lines
  }

  /// What stands after the last end of a line, when the stream is over.
  public mutating func end() -> [Line] {
    var lines: [Line] = []
    finish(into: &lines)
    return lines
  }

  private mutating func take(_ part: ArraySlice<UInt8>, into lines: inout [Line]) {
    guard !isPassingOver else { return }
    guard rest.count + part.count <= limit else {
      rest = []
      isPassingOver = true
      lines.append(.tooLong)
      return
    }
    rest.append(contentsOf: part)
  }

  private mutating func finish(into lines: inout [Line]) {
    if rest.last == 0x0D { rest.removeLast() }
    if !isPassingOver, !rest.isEmpty { lines.append(.whole(rest)) }
    rest = []
    isPassingOver = false
  }
}
