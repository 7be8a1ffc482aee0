/// What is known of a finished chunk without decoding it.
struct SealedChunkHeader {
  let firstTimestamp: Int64
  let lastTimestamp: Int64
  let bitCount: UInt32
  let sampleCount: UInt16
}

/// A finished chunk: bytes in one allocation, shared by the head and by selections. Nothing writes to it after `make`
/// returns.
final class SealedChunk: ManagedBuffer<SealedChunkHeader, UInt8> {
  /// Copies a chunk's bytes.
  /// - Parameter timestamps: first and last, inclusive.
  static func make(
    _ bytes: UnsafeRawPointer, bitCount: UInt32, sampleCount: UInt16, timestamps: ClosedRange<Int64>
  ) -> SealedChunk {
    let count = (Int(bitCount) + 7) >> 3
    let buffer = SealedChunk.create(minimumCapacity: count + BitStream.slack) { _ in
      SealedChunkHeader(
        firstTimestamp: timestamps.lowerBound, lastTimestamp: timestamps.upperBound, bitCount: bitCount,
        sampleCount: sampleCount)
    }
    buffer.withUnsafeMutablePointerToElements { elements in
      UnsafeMutableRawPointer(elements).copyMemory(from: bytes, byteCount: count)
      for i in 0..<BitStream.slack { (elements + count + i).initialize(to: 0) }
    }
    return unsafeDowncast(buffer, to: SealedChunk.self)
  }

  var byteCount: Int { (Int(header.bitCount) + 7) >> 3 }

  /// Hands the chunk's decoder to `body`; it must not escape.
  @inline(__always)
  func withDecoder<R>(_ body: (inout XORChunkDecoder) -> R) -> R {
    withUnsafeMutablePointers { header, elements in
      var decoder = XORChunkDecoder(
        base: UnsafeRawPointer(elements), bitCount: header.pointee.bitCount,
        sampleCount: Int(header.pointee.sampleCount), firstTimestamp: header.pointee.firstTimestamp)
      return body(&decoder)
    }
  }
}
