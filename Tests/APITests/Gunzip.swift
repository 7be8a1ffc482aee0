import CZlib

/// Undoes gzip.
enum Gunzip {
  struct Failure: Error {
    let code: Int32
  }

  /// - Throws: `Failure` unless `packed` is exactly one member.
  static func bytes(_ packed: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    var code = inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw Failure(code: code) }
    defer { inflateEnd(&stream) }
    var plain: [UInt8] = []
    var input = packed
    try input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      var room = [UInt8](repeating: 0, count: 65_536)
      repeat {
        let count = room.withUnsafeMutableBufferPointer { room in
          stream.next_out = room.baseAddress
          stream.avail_out = UInt32(room.count)
          code = inflate(&stream, Z_NO_FLUSH)
          return room.count - Int(stream.avail_out)
        }
        plain += room[..<count]
        guard code == Z_OK || code == Z_STREAM_END else { throw Failure(code: code) }
      } while code != Z_STREAM_END
      guard stream.avail_in == 0 else { throw Failure(code: Z_DATA_ERROR) }
    }
    return plain
  }
}
