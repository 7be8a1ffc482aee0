import Model
import Testing

@testable import Kubernetes

/// Random histories of a server, with watches that are cut, compacted, repeated and mixed up: in the end the cache is what
/// the server is.
@Suite struct ReflectionHistoryTests {
  @Test(arguments: 0..<400)
  func endsEqualToTheServer(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    var server = ModelServer()
    var reflection = Reflection<Int>(prefersStreaming: seed % 3 == 0)
    var now = Instant(seconds: 0)
    for _ in 0..<120 {
      for _ in 0..<Int.random(in: 0...3, using: &generator) { server.change(using: &generator) }
      if generator.chance(5) { server.compact() }
      now = now.advanced(by: .seconds(1))
      step(&reflection, &server, &generator, now, isHealed: false)
    }
    // Nothing goes wrong any more.
    var steps = 0
    repeat {
      now = now.advanced(by: .seconds(1))
      step(&reflection, &server, &generator, now, isHealed: true)
      steps += 1
    } while !isSettled(reflection, server) && steps < 60
    let seen = Dictionary(uniqueKeysWithValues: reflection.objects.map { ($0.key.name, $0.value.value) })
    #expect(seen == server.objects.mapValues(\.value), "seed \(seed)")
    #expect(isSettled(reflection, server), "seed \(seed)")
    #expect(reflection.confirmedAt.map { now - $0 <= .seconds(1) } == true, "seed \(seed)")
  }

  private func isSettled(_ reflection: Reflection<Int>, _ server: ModelServer) -> Bool {
    if case .watch(let version) = reflection.next { return version == String(server.version) }
    return false
  }

  private func step(
    _ reflection: inout Reflection<Int>, _ server: inout ModelServer, _ generator: inout SeededGenerator,
    _ now: Instant, isHealed: Bool
  ) {
    if !isHealed, generator.chance(10) {
      let codes: [KubernetesError.Code] = [.unreachable, .uncertain, .server, .throttled, .malformed]
      reflection.fail(KubernetesError(codes[Int.random(in: 0..<codes.count, using: &generator)], "x"))
    }
    switch reflection.next {
    case .rest: reflection.rested()
    case .list(let token):
      switch server.list(token, limit: 4) {
      case .success(let page): reflection.take(page, at: now)
      case .failure(let error): reflection.fail(error)
      }
    case .watchFromStart:
      if !isHealed, generator.chance(20) {
        reflection.fail(KubernetesError(.invalid, "cannot", status: 422))
      } else {
        deliver(server.initialEvents(), to: &reflection, &generator, now, isHealed)
      }
    case .watch(let version):
      switch server.events(after: version) {
      case .failure(let error):
        if generator.chance(50) { reflection.fail(error) } else { reflection.take(.failed(error), at: now) }
      case .success(let events): deliver(events, to: &reflection, &generator, now, isHealed, server.version)
      }
    }
  }

  /// Hands out events, of which some come twice and neighbours may have changed places; then bookmarks, or a cut.
  private func deliver(
    _ events: [WatchEvent<Int>], to reflection: inout Reflection<Int>, _ generator: inout SeededGenerator,
    _ now: Instant, _ isHealed: Bool, _ bookmark: Int? = nil
  ) {
    var events = events
    if !isHealed {
      // A stream is cut before it is mixed up: what was mixed up has come whole.
      if generator.chance(30) { events = Array(events.prefix(Int.random(in: 0...events.count, using: &generator))) }
      if events.count > 1, bookmark != nil {
        let place = Int.random(in: 1..<events.count, using: &generator)
        if generator.chance(30) { events.swapAt(place - 1, place) }
        if generator.chance(30) {
          events.insert(events[place - 1], at: Int.random(in: place...events.count, using: &generator))
        }
      }
    }
    for event in events { reflection.take(event, at: now) }
    if let bookmark, isHealed {
      reflection.take(.bookmark(resourceVersion: String(bookmark), endsInitialEvents: false), at: now)
    }
    if !isHealed, generator.chance(10) { reflection.fellSilent() } else { reflection.streamEnded(isEarly: false) }
  }
}
