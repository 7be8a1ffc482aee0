extension ExpositionFormat {
  /// Chooses the format that an Accept header prefers.
  ///
  /// The format with the higher q-value wins; between equals, the one that the header names first; text where the
  /// header is absent, names neither, or matches both only by a wildcard. A scraper that accepts none of ours still
  /// gets text: an answer that it may be able to read is worth more than status 406.
  public static func negotiated(accept header: String?) -> ExpositionFormat {
    guard let header else { return .text }
    let ranges = header.utf8.split(separator: UInt8(ascii: ",")).enumerated().compactMap { index, bytes in
      MediaRange(String(Substring(bytes)), position: index)
    }
    var best: (format: ExpositionFormat, range: MediaRange)?
    for format in [ExpositionFormat.text, .openMetrics] {
      // The most specific range that fits is the one that speaks for this format (RFC 9110, 12.5.1).
      let fitting = ranges.filter { $0.fits(format) }
      guard
        let range = fitting.max(by: { ($0.specificity, -$0.position) < ($1.specificity, -$1.position) }),
        range.quality > 0
      else { continue }
      if let leader = best {
        let wins =
          range.quality > leader.range.quality
          || (range.quality == leader.range.quality && range.position < leader.range.position)
        if !wins { continue }
      }
      best = (format, range)
    }
    return best?.format ?? .text
  }
}

/// One element of an Accept header.
private struct MediaRange {
  var type: String
  var subtype: String
  /// `nil`: any.
  var version: String?
  /// 0 ... 1.
  var quality: Double
  var position: Int

  /// - Returns: `nil` for an element that is no media range.
  init?(_ text: String, position: Int) {
    let parts = text.split(separator: ";").map(Self.trimmed)
    guard let name = parts.first else { return nil }
    let names = name.split(separator: "/", omittingEmptySubsequences: false)
    guard names.count == 2 else { return nil }
    type = names[0].lowercased()
    subtype = names[1].lowercased()
    quality = 1
    self.position = position
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map(Self.trimmed)
      guard pair.count == 2 else { continue }
      switch pair[0].lowercased() {
      case "q": quality = Double(pair[1]).map { min(max($0, 0), 1) } ?? 0
      case "version": version = pair[1].filter { $0 != "\"" }
      default: continue
      }
    }
    if quality.isNaN { quality = 0 }
  }

  var specificity: Int {
    if type == "*" { return 0 }
    if subtype == "*" { return 1 }
    return version == nil ? 2 : 3
  }

  func fits(_ format: ExpositionFormat) -> Bool {
    let wanted = format.mediaType
    if type == "*" { return subtype == "*" }
    guard type == wanted.type, subtype == "*" || subtype == wanted.subtype else { return false }
    return version.map(format.versions.contains) ?? true
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
