/// What labels a series may have.
package enum LabelRules {
  /// The first rule that labels break.
  /// - Parameter run: the labels in the form of `LabelWire`, in the order in which they were given.
  /// - Returns: the reason and a sentence about it, or `nil` when they are fine.
  package static func violation(run: UnsafeRawBufferPointer, _ limits: StoreLimits) -> (Rejection, String)? {
    var previous = UnsafeRawBufferPointer(start: nil, count: 0)
    var count = 0
    var hasMetric = false
    var source = ByteSource(run)
    while let (name, value) = LabelWire.next(&source) {
      count += 1
      if name.isEmpty { return (.invalidLabels, "a label has no name in \(excerpt(run))") }
      if value.isEmpty {
        return (.invalidLabels, "label \(quoted(name)) has no value in \(excerpt(run)); leave it out")
      }
      if name.count > limits.labelNameBytes {
        return (.labelLimit, tooLong("the name", name, limits.labelNameBytes, limits, "max_label_name_bytes"))
      }
      if value.count > limits.labelValueBytes {
        return (.labelLimit, tooLong("the value", name, limits.labelValueBytes, limits, "max_label_value_bytes"))
      }
      if !isText(name) || !isText(value) {
        return (.invalidLabels, "label \(quoted(name)) of \(excerpt(run)) is not valid UTF-8")
      }
      let order = compare(previous, name)
      if order == 0 { return (.invalidLabels, "label \(quoted(name)) occurs twice in \(excerpt(run))") }
      if order > 0 {
        return (
          .invalidLabels, "labels are not sorted: \(quoted(name)) after \(quoted(previous)); sort them by name"
        )
      }
      if name.count == 8, name.elementsEqual(Labels.metricName.utf8) { hasMetric = true }
      previous = name
    }
    if count > limits.labelsPerSeries { return (.labelLimit, tooMany(count, limits)) }
    if !hasMetric {
      return (.invalidLabels, "\(excerpt(run)) has no metric name; every series needs the label __name__")
    }
    return nil
  }

  /// Negative, zero or positive as `left` comes before, equals or comes after `right` in byte order.
  private static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    for i in 0..<min(left.count, right.count) where left[i] != right[i] { return left[i] < right[i] ? -1 : 1 }
    return left.count - right.count
  }

  /// Whether the bytes are valid UTF-8; nearly all are ASCII, which is seen eight bytes at a time.
  private static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var all: UInt64 = 0
    var i = 0
    while i + 8 <= bytes.count {
      all |= bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)
      i += 8
    }
    while i < bytes.count {
      all |= UInt64(bytes[i])
      i += 1
    }
    return all & 0x8080_8080_8080_8080 == 0 || String(validating: bytes, as: UTF8.self) != nil
  }

  private static func tooLong(
    _ part: String, _ name: UnsafeRawBufferPointer, _ limit: Int, _ limits: StoreLimits, _ key: String
  ) -> String {
    "\(part) of label \(quoted(name)) is longer than \(limit) bytes (\(limits.configurationPrefix).\(key))"
  }

  private static func quoted(_ bytes: UnsafeRawBufferPointer) -> String {
    quoted(String(decoding: bytes, as: UTF8.self), limit: 80)
  }

  private static func excerpt(_ run: UnsafeRawBufferPointer) -> String { excerpt(LabelWire.labels(in: run)) }

  /// A sentence about too many labels.
  package static func tooMany(_ count: Int, _ limits: StoreLimits) -> String {
    "a series has \(count) labels, more than \(limits.labelsPerSeries) (\(limits.configurationPrefix).max_labels_per_series)"
  }

  /// The labels, shortened so that a message stays readable.
  package static func excerpt(_ labels: Labels) -> String { quoted(labels.description, limit: 200) }

  private static func quoted(_ text: String, limit: Int) -> String {
    text.utf8.count <= limit ? "`\(text)`" : "`\(String(decoding: text.utf8.prefix(limit), as: UTF8.self))…`"
  }
}

extension Head {
  /// Counts samples of a series that the series limit keeps out.
  package mutating func rejectSeries(_ labels: @autoclosure () -> Labels, samples: Int) {
    let limits = limits
    reject(
      .seriesLimit, count: samples,
      "the store holds \(limits.series) series, its limit (\(limits.configurationPrefix).max_series); "
        + "\(LabelRules.excerpt(labels())) is not taken: raise the limit or send fewer series")
  }
}
