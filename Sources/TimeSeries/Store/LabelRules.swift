/// What labels a series may have.
package enum LabelRules {
  /// The first rule that the labels break.
  /// - Returns: the reason and a sentence about it, or `nil` when they are fine.
  package static func violation(_ labels: Labels, _ limits: StoreLimits) -> (Rejection, String)? {
    let entries = labels.entries
    let prefix = limits.configurationPrefix
    if entries.count > limits.labelsPerSeries {
      return (.labelLimit, tooMany(entries.count, limits))
    }
    for (i, label) in entries.enumerated() {
      if label.name.isEmpty { return (.invalidLabels, "a label has no name in \(excerpt(labels))") }
      if label.value.isEmpty {
        return (.invalidLabels, "label \(quoted(label.name)) has no value in \(excerpt(labels)); leave it out")
      }
      if label.name.utf8.count > limits.labelNameBytes {
        return (
          .labelLimit,
          "label name \(quoted(label.name)) is longer than \(limits.labelNameBytes) bytes (\(prefix).label_name_bytes)"
        )
      }
      if label.value.utf8.count > limits.labelValueBytes {
        return (
          .labelLimit,
          "the value of label \(quoted(label.name)) is longer than \(limits.labelValueBytes) bytes "
            + "(\(prefix).label_value_bytes)"
        )
      }
      guard i > 0 else { continue }
      if entries[i - 1].name.utf8.elementsEqual(label.name.utf8) {
        return (.invalidLabels, "label \(quoted(label.name)) occurs twice in \(excerpt(labels))")
      }
      if !Labels.precedes(entries[i - 1].name, label.name) {
        return (
          .invalidLabels,
          "labels are not sorted: \(quoted(label.name)) after \(quoted(entries[i - 1].name)); sort them by name"
        )
      }
    }
    if labels.metric.isEmpty {
      return (.invalidLabels, "\(excerpt(labels)) has no metric name; every series needs the label __name__")
    }
    return nil
  }

  /// A sentence about too many labels.
  package static func tooMany(_ count: Int, _ limits: StoreLimits) -> String {
    "a series has \(count) labels, more than \(limits.labelsPerSeries) (\(limits.configurationPrefix).labels_per_series)"
  }

  /// The labels, shortened so that a message stays readable.
  package static func excerpt(_ labels: Labels) -> String { quoted(labels.description, limit: 200) }

  private static func quoted(_ text: String, limit: Int = 80) -> String {
    text.utf8.count <= limit ? "`\(text)`" : "`\(String(decoding: text.utf8.prefix(limit), as: UTF8.self))…`"
  }
}

extension Head {
  /// Counts samples of a series that the series limit keeps out.
  package mutating func rejectSeries(_ labels: @autoclosure () -> Labels, samples: Int) {
    let limits = limits
    reject(
      .seriesLimit, count: samples,
      "the store holds \(limits.series) series, its limit (\(limits.configurationPrefix).series_limit); "
        + "\(LabelRules.excerpt(labels())) is not taken: raise the limit or send fewer series")
  }
}
