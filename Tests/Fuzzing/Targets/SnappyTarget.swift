import RemoteWrite
import TimeSeries

/// Whole bodies, from decompression to the answer.
enum SnappyTarget {
  static func run(_ bytes: UnsafeRawBufferPointer) throws {
    var limits = WireTarget.limits
    limits.bodyBytes = 64 << 10
    limits.uncompressedBytes = 256 << 10
    let receiver = RemoteWriteReceiver(store: SeriesStore(limits: limits), deduplication: ReplicaDeduplication())
    for headers in [RemoteWriteHeaders.version1, .version2] {
      let outcome = receiver.receive(bytes, headers: headers, now: WireTarget.now)
      try FuzzFinding.check([204, 400, 413].contains(outcome.statusCode), "status \(outcome.statusCode)")
      try FuzzFinding.check((outcome.statusCode == 204) == outcome.message.isEmpty, "a message does not fit its status")
      try FuzzFinding.check(outcome.message.utf8.count < 4_000, "a message has \(outcome.message.utf8.count) bytes")
    }
    try FuzzFinding.check(receiver.store.statistics.headBytes < 16 << 20, "a body takes too much memory")
  }
}
