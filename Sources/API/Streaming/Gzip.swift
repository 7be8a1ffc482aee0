import CZlib

/// Whole texts as gzip files and back.
package enum Gzip {
  /// Why bytes cannot be expanded, in a sentence.
  package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
  }

  /// Bytes that are taken in or given out by one call of zlib.
  private static let pieceBytes = 1 << 20

  /// Whether bytes begin as a gzip file does.
  package static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }

  /// One gzip member without name and time, so that equal input gives equal output.
  /// - Throws: `Fault`, for lack of memory only.
  package static func compressed(_ bytes: [UInt8]) throws(Fault) -> [UInt8] {
    let stream = Self.stream()
    defer { stream.deallocate() }
    guard
      deflateInit2_(
        stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw Fault(description: "there is no memory to compress it.") }
    defer { deflateEnd(stream) }
    var output: [UInt8] = []
    let code = run(stream, bytes, into: &output, most: .max) { deflate($0, $1 ? Z_FINISH : Z_NO_FLUSH) }
    guard code == Z_STREAM_END else { throw Fault(description: "it cannot be compressed (\(code)).") }
    return output
  }

  /// What a gzip file of one member holds.
  /// - Parameter most: bytes; a file that holds more is refused before they are all there.
  package static func expanded(_ bytes: [UInt8], most: Int) throws(Fault) -> [UInt8] {
    let stream = Self.stream()
    defer { stream.deallocate() }
    guard
      inflateInit2_(stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw Fault(description: "there is no memory to expand it.") }
    defer { inflateEnd(stream) }
    var output: [UInt8] = []
    let code = run(stream, bytes, into: &output, most: most) { stream, _ in inflate(stream, Z_NO_FLUSH) }
    guard output.count <= most else { throw Fault(description: "it holds more than \(most) bytes.") }
    guard code == Z_STREAM_END else { throw Fault(description: "it is a damaged or unfinished gzip file.") }
    return output
  }

  /// At one address for as long as it lives: zlib keeps a pointer back to it.
  private static func stream() -> UnsafeMutablePointer<z_stream> {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    return stream
  }

  /// Feeds all of the input to a call of zlib, piece by piece.
  /// - Returns: the last call's code.
  private static func run(
    _ stream: UnsafeMutablePointer<z_stream>, _ input: [UInt8], into output: inout [UInt8], most: Int,
    _ call: (UnsafeMutablePointer<z_stream>, _ isLast: Bool) -> Int32
  ) -> Int32 {
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var code = Z_OK
    var offset = 0
    input.withUnsafeBufferPointer { bytes in
      repeat {
        let count = min(pieceBytes, bytes.count - offset)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.advanced(by: offset))
        stream.pointee.avail_in = UInt32(count)
        offset += count
        var isFull = true
        while isFull, code == Z_OK || code == Z_BUF_ERROR {
          code = piece.withUnsafeMutableBufferPointer { room in
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(room.count)
            return call(stream, offset == bytes.count)
          }
          output += piece[..<(pieceBytes - Int(stream.pointee.avail_out))]
          isFull = stream.pointee.avail_out == 0
          if output.count > most { return }
        }
        // No room was left to fill, which is no error.
        if code == Z_BUF_ERROR { code = Z_OK }
      } while offset < input.count && code == Z_OK
    }
    return code
  }
}
