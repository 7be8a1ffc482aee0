import CSnappy
import TimeSeries

/// Snappy's block format, with limits that hold before memory is taken.
enum SnappyBlock {
  /// What a body can be refused for before it is decompressed, or by decompressing it.
  enum Refusal: Error {
    case malformed
    case tooLarge(claimed: Int)
  }

  /// A copy element of three bytes yields at most 64, so no honest body expands more.
  static let largestRatio = 22

  /// The length that a body claims to have after decompression.
  static func claimedLength(_ body: UnsafeRawBufferPointer, limit: Int) throws(Refusal) -> Int {
    guard let base = body.baseAddress else { throw .malformed }
    var length = 0
    let status = snappy_uncompressed_length(base.assumingMemoryBound(to: CChar.self), body.count, &length)
    guard status == SNAPPY_OK else { throw .malformed }
    if length > limit { throw .tooLarge(claimed: length) }
    // An impossible claim is refused here, or a few bytes could make the process allocate the limit.
    if length > body.count * largestRatio { throw .malformed }
    return length
  }

  /// Decompresses a body into `scratch`, which is made as large as `claimedLength` said.
  static func decompress(_ body: UnsafeRawBufferPointer, limit: Int, into scratch: inout ByteSink) throws(Refusal) {
    let length = try claimedLength(body, limit: limit)
    scratch.removeAll()
    scratch.reserve(length)
    var written = length
    let status = snappy_uncompress(
      body.baseAddress!.assumingMemoryBound(to: CChar.self), body.count,
      scratch.base.assumingMemoryBound(to: CChar.self), &written)
    guard status == SNAPPY_OK, written == length else { throw .malformed }
    scratch.advance(length)
  }

  /// The bytes in snappy's block format.
  static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let bound = snappy_max_compressed_length(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      var length = bound
      buffer.withMemoryRebound(to: CChar.self) { output in
        var empty: CChar = 0
        let input = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        let status =
          input.map { snappy_compress($0, bytes.count, output.baseAddress!, &length) }
          ?? snappy_compress(&empty, 0, output.baseAddress!, &length)
        precondition(status == SNAPPY_OK, "snappy refused an output buffer of its own bound")
      }
      count = length
    }
  }
}
