import RemoteWrite
import Synchronization
import Testing
import TimeSeries

@Suite struct FullDeviceOutcomeTests {
  /// Files on a device that is full while it is told so.
  private final class Device: StorageFiles {
    let isFull = Mutex(false)
    private let files = Mutex<[String: [UInt8]]>([:])

    func names() throws(StorageFault) -> [String] { files.withLock { Array($0.keys) } }

    func withContents<R>(of name: String, _ body: (UnsafeRawBufferPointer) -> R) throws(StorageFault) -> R {
      let bytes = files.withLock { $0[name] ?? [] }
      return bytes.withUnsafeBytes { body($0) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, to name: String, at offset: Int) throws(StorageFault) {
      if isFull.withLock({ $0 }) { throw StorageFault(number: 28, operation: "write \(name)") }
      let added = Array(bytes)
      files.withLock { files in
        var file = files[name] ?? []
        while file.count < offset { file.append(0) }
        file.replaceSubrange(offset..<min(file.count, offset + added.count), with: added)
        files[name] = file
      }
    }

    func truncate(_ name: String, to length: Int) throws(StorageFault) {
      files.withLock { $0[name] = Array(($0[name] ?? []).prefix(length)) }
    }

    func synchronize(_ name: String) throws(StorageFault) {}

    func rename(_ name: String, to newName: String) throws(StorageFault) {
      files.withLock { $0[newName] = $0.removeValue(forKey: name) }
    }

    func remove(_ name: String) throws(StorageFault) { files.withLock { $0[name] = nil } }
  }

  @Test func answers503AndStoresNothingUntilThereIsRoom() throws {
    let device = Device()
    let store = try SeriesStore.open(files: device, now: Bodies.now).store
    let receiver = RemoteWriteReceiver(store: store, deduplication: ReplicaDeduplication())
    func body(_ step: Int64) -> [UInt8] {
      RemoteWriteEncoder.body((0..<9).map { Bodies.series($0, [(Bodies.now + step * 15_000, Double(step))]) })
    }
    #expect(receiver.receive(body(0), headers: .version1, now: Bodies.now).statusCode == 204)
    let before = try Bodies.dump(store)
    device.isFull.withLock { $0 = true }
    for step in 1..<4 as Range<Int64> {
      let outcome = receiver.receive(body(step), headers: .version1, now: Bodies.now)
      #expect(outcome.statusCode == 503 && outcome.code == "storage_failure")
      #expect(outcome.retryAfterSeconds != nil && outcome.message.contains("nothing was stored"))
      #expect(try Bodies.dump(store) == before)
    }
    device.isFull.withLock { $0 = false }
    // The sender sends again what was refused.
    for step in 1..<4 as Range<Int64> {
      #expect(receiver.receive(body(step), headers: .version1, now: Bodies.now).statusCode == 204)
    }
    let held = try Bodies.dump(store)
    #expect(store.statistics.samplesAppendedTotal == 36 && store.statistics.logFailuresTotal == 3)
    let (again, report) = try SeriesStore.open(files: device, now: Bodies.now)
    #expect(report.damage.isEmpty)
    #expect(try Bodies.dump(again) == held)
  }
}
