import CZlib
import NIOCore

/// Compresses a stream of bytes into one gzip member.
///
/// Every piece that goes in comes out at once and whole (a sync flush), so that the first bytes of a long answer do not
/// wait for its last. The lowest level is used: JSON and metrics shrink to a tenth by it, and it costs a third of the
/// usual level.
final class GzipStream {
  /// What zlib refuses, which is only a lack of memory.
  struct Failure: Error {
    let code: Int32
  }

  /// At one address for as long as it lives: zlib keeps a pointer back to it.
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 16 more than the window's bits asks for gzip's header and checksum instead of zlib's.
    let code = deflateInit2_(
      stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      stream.deallocate()
      throw Failure(code: code)
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// - Parameter isLast: also ends the member; nothing may follow.
  func compress(_ input: ByteBuffer, isLast: Bool = false) throws -> ByteBuffer {
    var output = ByteBuffer()
    try input.withUnsafeReadableBytes { bytes in
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(bytes.count)
      let room = Int(deflateBound(stream, UInt(bytes.count))) + 64
      var isFull = true
      while isFull {
        try output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { free in
          stream.pointee.next_out = free.baseAddress!.assumingMemoryBound(to: UInt8.self)
          stream.pointee.avail_out = UInt32(free.count)
          let code = deflate(stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
          // A call that finds nothing left to do after output that just fitted says so by Z_BUF_ERROR.
          guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw Failure(code: code) }
          isFull = stream.pointee.avail_out == 0
          return free.count - Int(stream.pointee.avail_out)
        }
      }
    }
    return output
  }
}
