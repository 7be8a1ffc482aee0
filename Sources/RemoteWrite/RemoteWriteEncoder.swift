import CRemoteWrite
public import TimeSeries

/// Makes 1.0 request bodies, as a sender does.
public enum RemoteWriteEncoder {
  /// A series and its samples, timestamps in milliseconds.
  public typealias Series = (labels: Labels, samples: [(timestamp: Int64, value: Double)])

  /// The message without compression.
  public static func message(_ series: [Series], metadata: [MetricMetadata] = []) -> [UInt8] {
    let arena = MessageArena()
    var request = Prometheus__WriteRequest()
    prometheus__write_request__init(&request)
    request.n_timeseries = series.count
    request.timeseries = arena.pointers(series.count)
    for (i, entry) in series.enumerated() { request.timeseries[i] = arena.series(entry) }
    request.n_metadata = metadata.count
    request.metadata = arena.pointers(metadata.count)
    for (i, entry) in metadata.enumerated() { request.metadata[i] = arena.metadata(entry) }
    let size = prometheus__write_request__get_packed_size(&request)
    return [UInt8](unsafeUninitializedCapacity: max(1, size)) { buffer, count in
      count = prometheus__write_request__pack(&request, buffer.baseAddress!)
    }
  }

  /// The body of a request: the message in snappy's block format.
  public static func body(_ series: [Series], metadata: [MetricMetadata] = []) -> [UInt8] {
    message(series, metadata: metadata).withUnsafeBytes { SnappyBlock.compress($0) }
  }
}

/// Owns the C structures of one message until it is packed.
private final class MessageArena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  func make<T>(_ type: T.Type, _ count: Int = 1) -> UnsafeMutablePointer<T> {
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<T>.stride, alignment: MemoryLayout<T>.alignment)
    blocks.append(block)
    return block.bindMemory(to: T.self, capacity: max(1, count))
  }

  func pointers<T>(_ count: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<T>?> {
    let block = make(UnsafeMutablePointer<T>?.self, count)
    block.initialize(repeating: nil, count: max(1, count))
    return block
  }

  func bytes(_ text: String) -> ProtobufCBinaryData {
    let utf8 = Array(text.utf8)
    let copy = make(UInt8.self, utf8.count)
    copy.initialize(from: utf8, count: utf8.count)
    return ProtobufCBinaryData(len: utf8.count, data: copy)
  }

  func series(_ entry: RemoteWriteEncoder.Series) -> UnsafeMutablePointer<Prometheus__TimeSeries> {
    let made = make(Prometheus__TimeSeries.self)
    prometheus__time_series__init(made)
    made.pointee.n_labels = entry.labels.count
    made.pointee.labels = pointers(entry.labels.count)
    for (i, label) in entry.labels.entries.enumerated() {
      let message = make(Prometheus__Label.self)
      prometheus__label__init(message)
      message.pointee.name = bytes(label.name)
      message.pointee.value = bytes(label.value)
      made.pointee.labels[i] = message
    }
    made.pointee.n_samples = entry.samples.count
    made.pointee.samples = pointers(entry.samples.count)
    for (i, sample) in entry.samples.enumerated() {
      let message = make(Prometheus__Sample.self)
      prometheus__sample__init(message)
      message.pointee.timestamp = sample.timestamp
      message.pointee.value = sample.value
      made.pointee.samples[i] = message
    }
    return made
  }

  func metadata(_ entry: MetricMetadata) -> UnsafeMutablePointer<Prometheus__MetricMetadata> {
    let made = make(Prometheus__MetricMetadata.self)
    prometheus__metric_metadata__init(made)
    made.pointee.type.rawValue = UInt32(MetricMetadata.Kind.allCases.firstIndex(of: entry.kind)!)
    made.pointee.metric_family_name = bytes(entry.family)
    made.pointee.help = bytes(entry.help)
    made.pointee.unit = bytes(entry.unit)
    return made
  }
}
