import Model
import Testing

@testable import Kubernetes

@Suite struct ReflectionTests {
  private typealias Event = WatchEvent<Int>
  private let now = Instant(seconds: 1000)

  private func object(_ name: String, _ version: Int, _ value: Int) -> ReadObject<Int> {
    ReadObject(key: ObjectKey(namespace: "n", name: name), resourceVersion: String(version), value: value)
  }

  private func page(_ objects: [ReadObject<Int>], _ version: Int, continue token: String? = nil) -> ListPage<Int> {
    ListPage(objects: objects, resourceVersion: String(version), continuation: token)
  }

  private func watching(_ objects: [ReadObject<Int>], at version: Int) -> Reflection<Int> {
    var reflection = Reflection<Int>()
    reflection.take(page(objects, version), at: now)
    return reflection
  }

  private func values(_ reflection: Reflection<Int>) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: reflection.objects.map { ($0.key.name, $0.value.value) })
  }

  @Test func showsNothingBeforeTheLastPage() {
    var reflection = Reflection<Int>()
    #expect(reflection.next == .list(continuation: nil))
    reflection.take(page([object("a", 1, 1)], 9, continue: "t"), at: now)
    #expect(reflection.next == .list(continuation: "t"))
    #expect(reflection.confirmedAt == nil)
    #expect(reflection.objects.isEmpty)
    reflection.take(page([object("b", 2, 2)], 9), at: now)
    #expect(reflection.next == .watch(from: "9"))
    #expect(values(reflection) == ["a": 1, "b": 2])
    #expect(reflection.confirmedAt == now)
  }

  @Test func followsEventsAndCountsOnlyRealChanges() {
    var reflection = watching([object("a", 1, 1)], at: 5)
    let first = reflection.generation
    reflection.take(Event.changed(object("b", 6, 2)), at: now)
    reflection.take(Event.changed(object("a", 7, 1)), at: now)
    #expect(reflection.generation == first + 1)
    reflection.take(Event.deleted(object("b", 8, 2)), at: now)
    reflection.take(Event.bookmark(resourceVersion: "12", endsInitialEvents: false), at: now.advanced(by: .seconds(9)))
    #expect(values(reflection) == ["a": 1])
    #expect(reflection.generation == first + 2)
    #expect(reflection.next == .watch(from: "12"))
    #expect(reflection.confirmedAt == now.advanced(by: .seconds(9)))
  }

  @Test func isNotMisledByRepeatedOrLateEvents() {
    var reflection = watching([object("a", 4, 1)], at: 5)
    reflection.take(Event.changed(object("a", 8, 3)), at: now)
    reflection.take(Event.changed(object("a", 7, 2)), at: now)
    reflection.take(Event.deleted(object("a", 6, 2)), at: now)
    #expect(values(reflection) == ["a": 3])
    reflection.take(Event.deleted(object("a", 9, 3)), at: now)
    reflection.take(Event.changed(object("a", 8, 3)), at: now)
    #expect(values(reflection) == [:])
    #expect(reflection.next == .watch(from: "9"))
    reflection.take(Event.changed(object("a", 10, 7)), at: now)
    #expect(values(reflection) == ["a": 7])
  }

  @Test func listsAnewWhenItsVersionIsTooOldAndForgetsWhatIsGone() {
    var reflection = watching([object("a", 1, 1), object("b", 2, 2)], at: 5)
    reflection.take(Event.failed(KubernetesError(.expired, "too old", status: 410)), at: now)
    #expect(reflection.next == .list(continuation: nil))
    // What is believed stays until the list is whole.
    #expect(values(reflection) == ["a": 1, "b": 2])
    let before = reflection.generation
    reflection.take(page([object("b", 2, 2), object("c", 7, 3)], 20), at: now)
    #expect(values(reflection) == ["b": 2, "c": 3])
    #expect(reflection.generation == before + 1)
    reflection.fellSilent()
    reflection.take(page([object("b", 2, 2), object("c", 7, 3)], 21), at: now)
    #expect(reflection.generation == before + 1)
  }

  @Test func beginsTheListAgainWhenItsContinuationIsTooOld() {
    var reflection = Reflection<Int>()
    reflection.take(page([object("a", 1, 1)], 9, continue: "t"), at: now)
    reflection.fail(KubernetesError(.expired, "too old", status: 410))
    #expect(reflection.next == .rest(.seconds(1)))
    reflection.rested()
    #expect(reflection.next == .list(continuation: nil))
    reflection.take(page([object("b", 2, 2)], 12), at: now)
    #expect(values(reflection) == ["b": 2])
  }

  @Test func restsLongerAfterEachFailureAndGoesOnWhereItWas() {
    var reflection = watching([object("a", 1, 1)], at: 5)
    var pauses: [Duration] = []
    for _ in 0..<7 {
      reflection.fail(KubernetesError(.unreachable, "down"))
      if case .rest(let pause) = reflection.next { pauses.append(pause) }
      reflection.rested()
      #expect(reflection.next == .watch(from: "5"))
    }
    #expect(pauses == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    #expect(reflection.confirmedAt == now)
    #expect(reflection.failure?.message == "down")
    reflection.take(Event.bookmark(resourceVersion: "6", endsInitialEvents: false), at: now)
    #expect(reflection.failure == nil)
    reflection.fail(KubernetesError(.unreachable, "down"))
    #expect(reflection.next == .rest(.seconds(1)))
  }

  @Test(arguments: [KubernetesError.Code.server, .forbidden, .unauthorized, .malformed, .notFound])
  func listsAnewAfterOtherErrors(code: KubernetesError.Code) {
    var reflection = watching([], at: 5)
    reflection.fail(KubernetesError(code, "wrong"))
    reflection.rested()
    #expect(reflection.next == .list(continuation: nil))
  }

  @Test func waitsAsLongAsTheServerAsksWithinReason() {
    var reflection = Reflection<Int>()
    var error = KubernetesError(.throttled, "later", status: 429)
    error.retryAfter = .seconds(7)
    reflection.fail(error)
    #expect(reflection.next == .rest(.seconds(7)))
    error.retryAfter = .seconds(7000)
    reflection.rested()
    reflection.fail(error)
    #expect(reflection.next == .rest(.seconds(30)))
  }

  @Test func doesNotRunInCirclesWithAServerThatEndsEveryWatch() {
    var reflection = watching([], at: 5)
    reflection.streamEnded(isEarly: false)
    #expect(reflection.next == .watch(from: "5"))
    reflection.streamEnded(isEarly: true)
    #expect(reflection.next == .rest(.seconds(1)))
    reflection.rested()
    #expect(reflection.next == .watch(from: "5"))
  }

  @Test func readsItsFirstListAsEventsWhereTheServerCan() {
    var reflection = Reflection<Int>(prefersStreaming: true)
    #expect(reflection.next == .watchFromStart)
    reflection.take(Event.changed(object("a", 3, 1)), at: now)
    reflection.take(Event.bookmark(resourceVersion: "4", endsInitialEvents: false), at: now)
    #expect(reflection.confirmedAt == nil)
    reflection.take(Event.bookmark(resourceVersion: "5", endsInitialEvents: true), at: now)
    #expect(values(reflection) == ["a": 1])
    #expect(reflection.next == .watch(from: "5"))
  }

  @Test func listsWhereTheServerCannotStream() {
    var reflection = Reflection<Int>(prefersStreaming: true)
    reflection.fail(KubernetesError(.invalid, "sendInitialEvents is forbidden", status: 422))
    #expect(reflection.next == .list(continuation: nil))
    reflection.fail(KubernetesError(.server, "x"))
    reflection.rested()
    #expect(reflection.next == .list(continuation: nil))
  }

  @Test func aStreamedListThatBreaksOffIsNoList() {
    var reflection = Reflection<Int>(prefersStreaming: true)
    reflection.take(Event.changed(object("a", 3, 1)), at: now)
    reflection.streamEnded(isEarly: false)
    #expect(reflection.confirmedAt == nil)
    reflection.rested()
    #expect(reflection.next == .watchFromStart)
  }
}
