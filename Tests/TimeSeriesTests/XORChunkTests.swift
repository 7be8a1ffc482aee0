import Testing

@testable import TimeSeries

@Suite struct XORChunkTests {
  enum Shape: String, CaseIterable {
    case counter, randomWalk, randomBits, constant, specialNumbers, extremeTimestamps, jitter
  }

  private func samples(_ shape: Shape, _ generator: inout SeededGenerator) -> [(Int64, UInt64)] {
    var timestamp: Int64 = 1_700_000_000_000
    var value = 1000.0
    return (0..<Int.random(in: 1...300, using: &generator)).map { i in
      timestamp &+= shape == .jitter ? Int64.random(in: 1...40_000, using: &generator) : 15_000
      switch shape {
      case .counter: value += Double(Int.random(in: 0...500, using: &generator))
      case .randomWalk, .jitter: value += Double.random(in: -1...1, using: &generator)
      case .randomBits: value = Double(bitPattern: generator.next())
      case .constant: break
      case .specialNumbers:
        value = [.nan, .staleMarker, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude].randomElement(
          using: &generator)!
      case .extremeTimestamps:
        timestamp = Int64(bitPattern: generator.next())
        if i % 5 == 0 { timestamp = i % 2 == 0 ? .max : .min }
      }
      return (timestamp, value.bitPattern)
    }
  }

  @Test(arguments: Shape.allCases) func givesBackExactlyWhatWasAppended(_ shape: Shape) {
    for seed in 0..<60 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let samples = samples(shape, &generator)
      let memory = UnsafeMutableRawPointer.allocate(byteCount: samples.count * 20 + 64, alignment: 8)
      defer { memory.deallocate() }
      // Garbage behind the write position must not matter.
      memory.initializeMemory(as: UInt8.self, repeating: 0xa5, count: samples.count * 20 + 64)
      var encoder = XORChunkEncoder()
      for (timestamp, bits) in samples { encoder.append(memory, timestamp, bits) }
      var decoder = XORChunkDecoder(
        base: memory, bitCount: encoder.bitCount, sampleCount: samples.count, firstTimestamp: encoder.firstTimestamp)
      var read: [(Int64, UInt64)] = []
      while decoder.next() { read.append((decoder.timestamp, decoder.bits)) }
      #expect(read.elementsEqual(samples, by: ==))
    }
  }

  @Test func takesTwoBitsForASteadySample() {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 8)
    defer { memory.deallocate() }
    var encoder = XORChunkEncoder()
    for i in 0..<100 { encoder.append(memory, Int64(i) * 15_000, (42.0).bitPattern) }
    #expect(encoder.byteCount < 64 / 8 + 6 + 100 * 2 / 8 + 2)
  }

  @Test func endsEarlyWhenItsBytesAreDamaged() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<1_000 {
      let count = Int.random(in: 0...64, using: &generator)
      let memory = UnsafeMutableRawPointer.allocate(byteCount: count + BitStream.slack, alignment: 8)
      defer { memory.deallocate() }
      for i in 0..<(count + BitStream.slack) {
        memory.storeBytes(of: UInt8.random(in: 0...255, using: &generator), toByteOffset: i, as: UInt8.self)
      }
      var decoder = XORChunkDecoder(base: memory, bitCount: UInt32(count * 8), sampleCount: 5_000, firstTimestamp: 0)
      var read = 0
      while decoder.next() { read += 1 }
      #expect(read <= count * 8)
    }
  }

  /// All that `next` gives of a chunk, and all that `take` gives in portions of `limit`.
  private func bothWays(_ decoder: XORChunkDecoder, limit: Int) -> (one: [[UInt64]], many: [[UInt64]]) {
    var (single, portions) = (decoder, decoder)
    var one: [[UInt64]] = []
    while single.next() { one.append([UInt64(bitPattern: single.timestamp), single.bits]) }
    var many: [[UInt64]] = []
    let times = UnsafeMutablePointer<Int64>.allocate(capacity: limit)
    let values = UnsafeMutablePointer<Double>.allocate(capacity: limit)
    defer {
      times.deallocate()
      values.deallocate()
    }
    var taken = limit
    while taken == limit {
      taken = portions.take(times, values, limit: limit)
      for i in 0..<taken { many.append([UInt64(bitPattern: times[i]), values[i].bitPattern]) }
    }
    let hasStale = many.contains { $0[1] == Double.staleMarker.bitPattern }
    #expect(portions.hasTakenStaleMarker == hasStale)
    return (one, many)
  }

  @Test(arguments: Shape.allCases) func takesManySamplesAsItTakesThemOneByOne(_ shape: Shape) {
    for seed in 0..<40 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let samples = samples(shape, &generator)
      let memory = UnsafeMutableRawPointer.allocate(byteCount: samples.count * 20 + 64, alignment: 8)
      defer { memory.deallocate() }
      var encoder = XORChunkEncoder()
      for (timestamp, bits) in samples { encoder.append(memory, timestamp, bits) }
      // Whole, and cut off somewhere.
      for bits in [encoder.bitCount, UInt32.random(in: 0...encoder.bitCount, using: &generator)] {
        let decoder = XORChunkDecoder(
          base: memory, bitCount: bits, sampleCount: samples.count, firstTimestamp: encoder.firstTimestamp)
        let (one, many) = bothWays(decoder, limit: Int.random(in: 1...400, using: &generator))
        #expect(one == many)
      }
    }
  }

  @Test func takesTheSameOfDamagedBytesEitherWay() {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<1_000 {
      let count = Int.random(in: 0...64, using: &generator)
      let memory = UnsafeMutableRawPointer.allocate(byteCount: count + BitStream.slack, alignment: 8)
      defer { memory.deallocate() }
      for i in 0..<(count + BitStream.slack) {
        memory.storeBytes(of: UInt8.random(in: 0...255, using: &generator), toByteOffset: i, as: UInt8.self)
      }
      let decoder = XORChunkDecoder(base: memory, bitCount: UInt32(count * 8), sampleCount: 5_000, firstTimestamp: 0)
      let (one, many) = bothWays(decoder, limit: 100)
      #expect(one == many)
    }
  }
}
