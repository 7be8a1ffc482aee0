import Synchronization
public import TimeSeries

/// Takes remote-write requests, 1.0 and 2.0, into a store.
///
/// Thread-safe: `receive` may be called from any number of threads; decompression runs beside other requests, storing
/// takes turns. When `receive` answers `accepted`, the samples are in the store's log.
public final class RemoteWriteReceiver: Sendable {
  /// The store that is written to.
  public let store: SeriesStore
  /// How replicas are told apart; `nil` when they are not.
  public let deduplication: ReplicaDeduplication?
  private let scratch = Mutex<ScratchPool>(ScratchPool())
  /// Changed only while the store is held for writing, so that requests take turns.
  private let election: Mutex<ReplicaElection>

  /// A receiver that writes to `store`.
  /// - Parameter deduplication: how the replicas of a pair of senders are told apart; `nil` stores what everybody sends.
  public init(store: SeriesStore, deduplication: ReplicaDeduplication? = nil) {
    self.store = store
    self.deduplication = deduplication
    election = Mutex(ReplicaElection(deduplication ?? ReplicaDeduplication()))
  }

  /// Who is elected in each cluster, and how often that changed.
  public var replicaElection: ReplicaElection { election.withLock { $0 } }

  /// Decompressed bodies' memory, kept between requests.
  private struct ScratchPool: ~Copyable {
    /// Buffers that nobody uses; as many as ran at one time.
    var free: [Scratch] = []
    var inUse = 0
  }

  /// One request's memory; used by one thread at a time.
  private final class Scratch: @unchecked Sendable {
    var sink = ByteSink(capacity: 64 << 10)
    var scanner = RequestScanner()
  }

  /// Stores one request.
  /// - Parameters:
  ///   - body: the body as it came, compressed.
  ///   - headers: what the request said about its body.
  ///   - now: milliseconds since the Unix epoch.
  public func receive(_ body: UnsafeRawBufferPointer, headers: RemoteWriteHeaders, now: Int64) -> WriteOutcome {
    switch headers.negotiated() {
    case .refused(let message): WriteOutcome(status: .unsupportedMediaType(message: message), version: nil)
    case .version(let version): receive(body, version: version, now: now)
    }
  }

  /// Stores one request.
  public func receive(_ body: [UInt8], headers: RemoteWriteHeaders, now: Int64) -> WriteOutcome {
    body.withUnsafeBytes { receive($0, headers: headers, now: now) }
  }

  private func receive(_ body: UnsafeRawBufferPointer, version: RemoteWriteVersion, now: Int64) -> WriteOutcome {
    let limits = store.limits
    if body.count > limits.bodyBytes {
      return refusal(
        .tooLarge(
          message: "the body has \(body.count) bytes, more than \(limits.bodyBytes) "
            + "(\(limits.configurationPrefix).max_body_bytes); send fewer samples in a request"), version)
    }
    if store.isMemoryExhausted {
      return refusal(
        .overloaded(
          message: "series and samples take more than \(limits.memoryBytes) bytes "
            + "(\(limits.configurationPrefix).max_memory_bytes); shorten the retention, send fewer series or raise the limit",
          retryAfterSeconds: 30), version)
    }
    guard let scratch = takeScratch(limit: limits.concurrentRequests) else {
      return refusal(
        .overloaded(
          message: "\(limits.concurrentRequests) requests are being stored already "
            + "(\(limits.configurationPrefix).max_concurrent_requests)", retryAfterSeconds: 1), version)
    }
    defer { giveBack(scratch) }
    do {
      try SnappyBlock.decompress(body, limit: limits.uncompressedBytes, into: &scratch.sink)
    } catch {
      return refusal(status(of: error, limits), version)
    }
    return store(scratch, version, now)
  }

  private func store(_ scratch: Scratch, _ version: RemoteWriteVersion, _ now: Int64) -> WriteOutcome {
    let (end, report, isWellFormed) = store.write(now: now) { head in
      if let deduplication { scratch.scanner.replicas.begin(deduplication, replicaElection, now: now) }
      let isWellFormed =
        switch version {
        case .v1: scratch.scanner.scanVersion1(scratch.sink.bytes, into: &head)
        case .v2: scratch.scanner.scanVersion2(scratch.sink.bytes, into: &head)
        }
      // A body that cannot be read elects nobody.
      if deduplication != nil && isWellFormed { election.withLock { $0 = scratch.scanner.replicas.election } }
      return (isWellFormed, isWellFormed)
    }
    switch end {
    case .failed(let fault):
      return refusal(
        .storageFailure(message: "nothing was stored: \(fault.description)", retryAfterSeconds: 5), version)
    case .abandoned where !isWellFormed:
      return refusal(.badRequest(message: "nothing was stored: \(Self.malformed(version))"), version)
    case .abandoned, .stored:
      if report.rejectedCount == 0 { return WriteOutcome(status: .accepted, version: version, report: report) }
      return WriteOutcome(status: .badRequest(message: Self.sentence(report)), version: version, report: report)
    }
  }

  private func status(of refusal: SnappyBlock.Refusal, _ limits: StoreLimits) -> WriteOutcome.Status {
    switch refusal {
    case .malformed:
      .badRequest(message: "the body is not valid snappy in block format (not framed)")
    case .tooLarge(let claimed):
      .tooLarge(
        message: "the body claims \(claimed) bytes after decompression, more than \(limits.uncompressedBytes) "
          + "(\(limits.configurationPrefix).max_uncompressed_bytes); send fewer samples in a request")
    }
  }

  private func refusal(_ status: WriteOutcome.Status, _ version: RemoteWriteVersion) -> WriteOutcome {
    WriteOutcome(status: status, version: version)
  }

  private static func malformed(_ version: RemoteWriteVersion) -> String {
    let name = version == .v1 ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request"
    return "the body is not a well-formed \(name)"
  }

  /// How much was kept and dropped, and why.
  private static func sentence(_ report: WriteReport) -> String {
    let stored = report.samplesStored + report.histogramsStored + report.exemplarsStored
    let counts = report.rejected.map { "\($0.count) \($0.reason.rawValue)" }.joined(separator: ", ")
    let more = report.rejectedCount > report.reasons.count ? "; …" : ""
    return "\(report.rejectedCount) not stored (\(counts)), \(stored) stored: "
      + report.reasons.joined(separator: "; ") + more
  }

  private func takeScratch(limit: Int) -> Scratch? {
    scratch.withLock { pool in
      guard pool.inUse < limit else { return nil }
      pool.inUse += 1
      return pool.free.popLast() ?? Scratch()
    }
  }

  private func giveBack(_ used: Scratch) {
    scratch.withLock { pool in
      pool.inUse -= 1
      pool.free.append(used)
    }
  }
}
