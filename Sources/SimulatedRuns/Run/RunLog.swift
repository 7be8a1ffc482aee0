import Model

/// What happened in a run, line by line, and the digest of all of it: two runs that differ anywhere have different ones.
struct RunLog: Sendable {
  /// Lines that are kept; older ones go, but stay in the digest.
  static let kept = 20_000

  private(set) var lines: [String] = []
  private(set) var count = 0
  private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

  /// One thing that happened, at the world's time.
  mutating func add(_ at: Instant, _ line: String) {
    count += 1
    let whole = "\(at) \(line)"
    fold(whole)
    keep(whole)
  }

  /// A line that explains: neither an event nor part of the digest.
  mutating func remark(_ at: Instant, _ line: String) { keep("\(at) \(line)") }

  private mutating func keep(_ line: String) {
    lines.append(line)
    if lines.count > Self.kept * 2 { lines.removeFirst(lines.count - Self.kept) }
  }

  /// Something that belongs to the digest and is no news.
  mutating func fold(_ text: String) {
    var hash = hash
    var text = text
    text.withUTF8 { bytes in
      // FNV-1a: nothing here defends against anybody.
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }
    self.hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01b3
  }

  /// 16 hexadecimal digits.
  var digest: String {
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
