import Dispatch

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Reads a pipe piece by piece; the next piece is read when it is asked for, so that a fast writer waits.
public final class DescriptorReader: Sendable {
  /// Bytes of a piece.
  private static let piece = 65_536

  private let descriptor: Int32
  private let closes: Bool
  // Reading blocks, which the tasks' own threads must not.
  private let queue = DispatchQueue(label: "poolkeeper.mcp.read")

  /// - Parameter closes: whether the descriptor is closed when the reader is let go.
  public init(_ descriptor: Int32, closes: Bool = false) {
    self.descriptor = descriptor
    self.closes = closes
  }

  deinit {
    if closes { close(descriptor) }
  }

  /// `nil` at the end, or when it cannot be read. One call at a time.
  public func next() async -> [UInt8]? {
    await withCheckedContinuation { continuation in
      queue.async { [self] in
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, count in
          var result: Int
          repeat { result = read(descriptor, buffer.baseAddress, Self.piece) } while result < 0 && errno == EINTR
          count = max(0, result)
        }
        continuation.resume(returning: bytes.isEmpty ? nil : bytes)
      }
    }
  }

  /// The lines until the end.
  /// - Parameter limit: bytes of a line.
  public func lines(limit: Int) -> DescriptorLines {
    DescriptorLines(reader: self, splitter: LineSplitter(limit: limit))
  }
}

/// The lines of a pipe. May be walked once.
public struct DescriptorLines: AsyncSequence, AsyncIteratorProtocol {
  public typealias Element = LineSplitter.Line
  public typealias Failure = Never

  let reader: DescriptorReader
  var splitter: LineSplitter
  private var ready: [LineSplitter.Line] = []
  private var hasEnded = false

  init(reader: DescriptorReader, splitter: LineSplitter) {
    self.reader = reader
    self.splitter = splitter
  }

  public func makeAsyncIterator() -> DescriptorLines { self }

  public mutating func next() async -> LineSplitter.Line? { await next(isolation: nil) }

  public mutating func next(isolation actor: isolated (any Actor)?) async -> LineSplitter.Line? {
    while ready.isEmpty, !hasEnded {
      if let bytes = await reader.next() {
        ready = splitter.add(bytes)
      } else {
        ready = splitter.end()
        hasEnded = true
      }
    }
    return ready.isEmpty ? nil : ready.removeFirst()
  }
}
