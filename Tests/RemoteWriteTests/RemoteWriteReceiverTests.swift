import RemoteWrite
import Testing
import TimeSeries

@Suite struct RemoteWriteReceiverTests {
  @Test func storesWhatASenderSends() throws {
    let store = SeriesStore()
    let receiver = RemoteWriteReceiver(store: store)
    let body = RemoteWriteEncoder.body(
      (0..<20).map { Bodies.series($0, [(Bodies.now - 15_000, 1), (Bodies.now, 2.5)]) })
    let outcome = receiver.receive(body, headers: .version1, now: Bodies.now)
    #expect(outcome.status == .accepted)
    #expect(outcome.statusCode == 204)
    #expect(outcome.report.samplesStored == 40)
    let selected = try store.select(
      [LabelMatcher(name: "instance", operation: .equal, value: "host-1")], from: .min, through: .max)
    #expect(selected.count == 7)
    var buffer = SampleBuffer()
    selected[0].read(from: .min, through: .max, into: &buffer)
    #expect(buffer.timestamps == [Bodies.now - 15_000, Bodies.now])
    #expect(buffer.values == [1, 2.5])
  }

  @Test func acceptsReplayedRequestsWithoutStoringTwice() throws {
    let store = SeriesStore()
    let receiver = RemoteWriteReceiver(store: store)
    let bodies = (0..<5).map { step in
      RemoteWriteEncoder.body((0..<20).map { Bodies.series($0, [(Bodies.now + Int64(step) * 15_000, Double(step))]) })
    }
    for body in bodies { #expect(receiver.receive(body, headers: .version1, now: Bodies.now).status == .accepted) }
    let before = try Bodies.dump(store)
    for body in bodies { #expect(receiver.receive(body, headers: .version1, now: Bodies.now).status == .accepted) }
    #expect(try Bodies.dump(store) == before)
    #expect(store.statistics.duplicateSamplesTotal == 100)
  }

  private func receive(_ message: [UInt8], _ change: (inout StoreLimits) -> Void = { _ in }) -> WriteOutcome {
    var limits = StoreLimits()
    change(&limits)
    let receiver = RemoteWriteReceiver(store: SeriesStore(limits: limits))
    return receiver.receive(WireBuilder.compress(message), headers: .version1, now: Bodies.now)
  }

  private func request(_ labels: [[UInt8]], _ timestamp: Int64 = Bodies.now) -> [UInt8] {
    var series = WireBuilder()
    for label in labels { series.field(0x0a, label) }
    series.field(0x12, WireBuilder.sample(timestamp, 1))
    var request = WireBuilder()
    request.field(0x0a, series.bytes)
    return request.bytes
  }

  @Test func keepsGoodSamplesOfABadRequest() throws {
    let good = request([WireBuilder.label("__name__", "up")])
    let bad = request([WireBuilder.label("__name__", "up"), WireBuilder.label("a", "")])
    let outcome = receive(good + bad + request([WireBuilder.label("__name__", "down")]))
    #expect(outcome.statusCode == 400)
    #expect(outcome.report.samplesStored == 2)
    #expect(outcome.report.rejected == [.init(reason: .invalidLabels, count: 1)])
    #expect(outcome.message.contains("`a` has no value") && outcome.message.contains("2 stored"))
  }

  @Test(arguments: [
    ([WireBuilder.label("b", "1")], "no metric name"),
    ([WireBuilder.label("__name__", "x"), WireBuilder.label("", "1")], "a label has no name"),
    ([WireBuilder.label("__name__", "x"), WireBuilder.label("__name__", "y")], "occurs twice"),
    ([WireBuilder.label("b", "x"), WireBuilder.label("__name__", "y")], "not sorted"),
    ([WireBuilder.label("__name__", "x"), [0x0a, 1, 0x62, 0x12, 2, 0xc3, 0x28]], "not valid UTF-8"),
    (
      [WireBuilder.label("__name__", "x"), WireBuilder.label("b", String(repeating: "v", count: 5_000))], "longer than"
    ),
    (
      [WireBuilder.label("__name__", "x")] + (0..<10_000).map { WireBuilder.label("l\($0 + 10_000)", "v") },
      "a series has 10001 labels, more than 64 (poolkeeper.metrics.max_labels_per_series)"
    ),
  ]) func refusesBadLabelsWithASentence(_ labels: [[UInt8]], _ sentence: String) {
    let outcome = receive(request(labels))
    #expect(outcome.statusCode == 400)
    #expect(outcome.message.contains(sentence), "\(outcome.message)")
    #expect(outcome.message.utf8.count < 2_000)
  }

  @Test func namesTheLimitThatARequestReaches() {
    let two = request([WireBuilder.label("__name__", "x")]) + request([WireBuilder.label("__name__", "y")])
    #expect(receive(two) { $0.series = 1 }.message.contains("metrics.max_series"))
    #expect(receive(two) { $0.samplesPerRequest = 1 }.message.contains("metrics.max_samples_per_request"))
    #expect(receive(two) { $0.uncompressedBytes = 10 }.statusCode == 413)
    #expect(receive(two) { $0.bodyBytes = 10 }.statusCode == 413)
    let full = receive(two) { $0.memoryBytes = 0 }
    #expect(full.statusCode == 503 && full.headers.contains { $0.name == "Retry-After" })
  }

  @Test(
    arguments: [
      [], [0x00, 0x00], [0xff], [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x80, 0x80, 0x80, 0x04, 0x00, 0x00], [0xfe, 0xff, 0xff, 0xff, 0x03, 0xfe, 0x01, 0x00],
    ] as [[UInt8]]) func refusesBombsAndBadSnappy(_ body: [UInt8])
  {
    let receiver = RemoteWriteReceiver(store: SeriesStore())
    let outcome = receiver.receive(body, headers: .version1, now: Bodies.now)
    #expect([400, 413].contains(outcome.statusCode))
  }

  @Test func livesThroughMutatedBodies() {
    var generator = SeededGenerator(seed: 77)
    let store = SeriesStore()
    let receiver = RemoteWriteReceiver(store: store)
    var codes: [Int: Int] = [:]
    for round in 0..<4_000 {
      let message = RandomRequests.request(&generator)
      let body =
        round % 2 == 0
        ? RandomRequests.mutated(WireBuilder.compress(message), &generator)
        : WireBuilder.compress(RandomRequests.mutated(message, &generator))
      let headers: RemoteWriteHeaders = round % 5 == 0 ? .version2 : .version1
      codes[receiver.receive(body, headers: headers, now: Bodies.now).statusCode, default: 0] += 1
    }
    #expect(Set(codes.keys).isSubset(of: [204, 400, 413]))
    #expect((codes[400] ?? 0) > 1_000)
    let last = receiver.receive(
      RemoteWriteEncoder.body([Bodies.series(1, [(Bodies.now, 1)])]), headers: .version1, now: Bodies.now)
    #expect(last.statusCode == 204)
  }

  @Test(
    arguments: [
      ("application/x-protobuf", "snappy", 204),
      ("application/x-protobuf;proto=prometheus.WriteRequest", "snappy", 204),
      ("application/x-protobuf; proto=\"prometheus.WriteRequest\"", nil, 204), ("application/json", "snappy", 415),
      (nil, "snappy", 415), ("application/x-protobuf", "gzip", 415), ("application/x-protobuf", "zstd", 415),
      ("application/x-protobuf;proto=other.Message", "snappy", 415),
    ] as [(String?, String?, Int)]) func negotiates(_ type: String?, _ encoding: String?, _ code: Int)
  {
    let receiver = RemoteWriteReceiver(store: SeriesStore())
    let headers = RemoteWriteHeaders(contentType: type, contentEncoding: encoding)
    let body = RemoteWriteEncoder.body([Bodies.series(1, [(Bodies.now, 1)])])
    #expect(receiver.receive(body, headers: headers, now: Bodies.now).statusCode == code)
  }

  @Test func readsVersion2() throws {
    let symbols = ["", "__name__", "requests_total", "job", "api", "Requests served.", "trace_id", "abc"]
    var series = WireBuilder()
    series.field(0x0a, [1, 2, 3, 4])
    series.field(0x12, WireBuilder.sample(Bodies.now, 7) + [0x18, 1])
    series.field(0x22, [0x0a, 2, 6, 7] + WireBuilder.sample(0, 2).prefix(9).map { $0 == 0x09 ? 0x11 : $0 })
    series.field(0x2a, [0x08, 1, 0x18, 5])
    var request = WireBuilder()
    for symbol in symbols { request.field(0x22, Array(symbol.utf8)) }
    request.field(0x2a, series.bytes)
    let store = SeriesStore()
    let receiver = RemoteWriteReceiver(store: store)
    for _ in 0..<2 {
      let outcome = receiver.receive(WireBuilder.compress(request.bytes), headers: .version2, now: Bodies.now)
      #expect(outcome.status == .accepted)
      #expect(outcome.headers.map(\.value) == ["1", "0", "1"])
    }
    #expect(store.series([]) == [Labels(["__name__": "requests_total", "job": "api"])])
    #expect(store.metadata().map(\.help) == ["Requests served."])
    #expect(store.metadata().map(\.kind) == [.counter])
    #expect(store.exemplars([[]], from: .min, through: .max).first?.labels == Labels(["trace_id": "abc"]))
    // The same series through 1.0 is the same series.
    let body = RemoteWriteEncoder.body([(store.series([])[0], [(Bodies.now + 1, 8)])])
    #expect(receiver.receive(body, headers: .version1, now: Bodies.now).report.seriesCreated == 0)
  }

  @Test func storesNothingOfARequestThatIsCutOff() throws {
    let message = RemoteWriteEncoder.message((0..<5).map { Bodies.series($0, [(Bodies.now, 1)]) })
    for length in 1..<message.count {
      let store = SeriesStore()
      let receiver = RemoteWriteReceiver(store: store)
      let body = WireBuilder.compress(Array(message.prefix(length)))
      let outcome = receiver.receive(body, headers: .version1, now: Bodies.now)
      if outcome.statusCode == 400 { #expect(try Bodies.dump(store).isEmpty) }
      // Afterwards the whole request is taken as if nothing had been.
      let whole = receiver.receive(WireBuilder.compress(message), headers: .version1, now: Bodies.now)
      #expect(whole.statusCode == 204 && whole.report.samplesStored == 5)
    }
  }
}
