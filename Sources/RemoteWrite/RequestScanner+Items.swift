import CRemoteWrite
import TimeSeries

/// Exemplars, histograms and metadata: rare, so read by the generated code.
extension RequestScanner {
  /// Larger messages are refused, because the generated code's memory is a multiple of the message.
  static let histogramBytes = 128 << 10
  static let exemplarBytes = 4 << 10
  static let metadataBytes = 16 << 10

  /// One histogram of either version.
  mutating func stageHistogram(
    _ field: UnsafeRawPointer, _ length: Int, slot: Int, into head: inout Head
  ) -> Bool {
    if length > RequestScanner.histogramBytes {
      if takesItem(slot, &head) {
        head.reject(.invalidHistogram, "a histogram takes more than \(RequestScanner.histogramBytes) bytes")
      }
      return true
    }
    guard let message = prometheus__histogram__unpack(nil, length, GeneratedCode.bytes(field)) else { return false }
    defer { prometheus__histogram__free_unpacked(message, nil) }
    guard takesItem(slot, &head) else { return true }
    switch HistogramReader.read(message.pointee) {
    case .success(let histogram):
      head.stage(slot: slot, timestamp: message.pointee.timestamp, histogram: histogram)
    case .failure(let refusal):
      head.reject(.invalidHistogram, refusal.sentence)
    }
    return true
  }

  /// One exemplar of version 1.0.
  mutating func stageExemplar(
    _ field: UnsafeRawPointer, _ length: Int, slot: Int, into head: inout Head
  ) -> Bool {
    if length > RequestScanner.exemplarBytes {
      if takesItem(slot, &head) {
        head.reject(.invalidExemplar, "an exemplar takes more than \(RequestScanner.exemplarBytes) bytes")
      }
      return true
    }
    guard let message = prometheus__exemplar__unpack(nil, length, GeneratedCode.bytes(field)) else { return false }
    defer { prometheus__exemplar__free_unpacked(message, nil) }
    guard takesItem(slot, &head) else { return true }
    var labels: [Label] = []
    for i in 0..<message.pointee.n_labels {
      guard let label = message.pointee.labels[i], let made = GeneratedCode.label(label.pointee) else {
        head.reject(.invalidExemplar, "a label of an exemplar is not valid UTF-8")
        return true
      }
      labels.append(made)
    }
    head.stage(
      slot: slot, exemplar: Labels(labels), value: message.pointee.value, timestamp: message.pointee.timestamp)
    return true
  }

  /// One family's metadata of version 1.0. What is too long or not text is passed over: nothing rests on it.
  func stageMetadata(_ field: UnsafeRawPointer, _ length: Int, into head: inout Head) -> Bool {
    if length > RequestScanner.metadataBytes { return true }
    guard let message = prometheus__metric_metadata__unpack(nil, length, GeneratedCode.bytes(field)) else {
      return false
    }
    defer { prometheus__metric_metadata__free_unpacked(message, nil) }
    guard let family = GeneratedCode.text(message.pointee.metric_family_name),
      let help = GeneratedCode.text(message.pointee.help), let unit = GeneratedCode.text(message.pointee.unit)
    else { return true }
    let kind = RequestScanner.kind(Int(message.pointee.type.rawValue))
    head.stage(metadata: MetricMetadata(family: family, kind: kind, help: help, unit: unit))
    return true
  }

  /// The numbers are the same in both versions and those of the enumeration's order.
  static func kind(_ number: Int) -> MetricMetadata.Kind {
    let all = MetricMetadata.Kind.allCases
    return all.indices.contains(number) ? all[number] : .unknown
  }
}
