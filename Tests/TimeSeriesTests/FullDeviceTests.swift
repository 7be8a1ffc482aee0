import Testing

@testable import TimeSeries

#if canImport(Glibc)
  import Glibc
#endif

/// A device without room: nothing that was acknowledged is lost, and the store goes on by itself when there is room.
@Suite struct FullDeviceTests {
  private var options: SeriesStore.Options {
    var options = SeriesStore.Options()
    options.segmentBytes = 600
    options.snapshotLogBytes = 1_500
    options.synchronization = .always
    return options
  }

  /// Writes rounds with upkeep between them; answers what was acknowledged.
  private func run(_ store: SeriesStore, rounds: Range<Int>, _ acknowledged: inout Set<String>) throws -> Int {
    var refused = 0
    for round in rounds {
      let time = Stores.now + Int64(round) * 15_000
      let samples = Stores.round(0..<6 + round % 3, at: time)
      do {
        try store.append(samples, now: time)
        for sample in samples { acknowledged.insert("\(sample.labels) \(time) \(sample.value.bitPattern)") }
      } catch {
        #expect(error.code == .storage && error.message.contains("free space"))
        refused += 1
      }
      _ = store.maintain(now: time)
    }
    return refused
  }

  @Test func losesNothingWhereverTheRoomEnds() throws {
    // How much a run without limit writes.
    let free = MemoryFiles()
    var all: Set<String> = []
    let store = try SeriesStore.open(files: free, options: options, now: Stores.now).store
    #expect(try run(store, rounds: 0..<24, &all) == 0)
    let written = free.writtenBytes
    #expect(written > 2_000 && free.files.keys.contains { $0.hasPrefix("snapshot") })
    var refusedOnce = 0
    for room in stride(from: 0, through: written, by: 13) {
      let files = MemoryFiles()
      files.setRoom(room)
      var acknowledged: Set<String> = []
      let store = try SeriesStore.open(files: files, options: options, now: Stores.now).store
      let refused = try run(store, rounds: 0..<24, &acknowledged)
      if refused > 0 { refusedOnce += 1 }
      #expect(try Stores.points(store) == acknowledged, "room for \(room) bytes")
      // The process dies here: the files alone must do.
      let copy = MemoryFiles(files.files)
      let (again, report) = try SeriesStore.open(files: copy, options: options, now: Stores.now)
      let isTorn = report.damage.allSatisfy { $0.isTornTail }
      #expect(isTorn, "room for \(room) bytes: \(report.damage)")
      #expect(try Stores.points(again).isSuperset(of: acknowledged), "room for \(room) bytes")
      // Or it lives, and there is room again.
      files.setRoom(nil)
      #expect(try run(store, rounds: 24..<30, &acknowledged) == 0)
      let (third, last) = try SeriesStore.open(files: files, options: options, now: Stores.now)
      #expect(last.damage.isEmpty)
      #expect(try Stores.points(third) == acknowledged, "room for \(room) bytes")
    }
    #expect(refusedOnce > 100)
  }

  @Test func survivesFaultsOfEveryOperation() throws {
    for operation in MemoryFiles.Operation.allCases {
      for skipped in 0..<40 {
        let files = MemoryFiles()
        files.fail(operation, after: skipped, times: 3)
        var acknowledged: Set<String> = []
        guard let store = try? SeriesStore.open(files: files, options: options, now: Stores.now).store else { continue }
        _ = try run(store, rounds: 0..<24, &acknowledged)
        #expect(try Stores.points(store) == acknowledged)
        files.fail(operation, after: 0, times: 0)
        #expect(try run(store, rounds: 24..<27, &acknowledged) == 0)
        let (again, report) = try SeriesStore.open(files: files, options: options, now: Stores.now)
        #expect(report.damage.isEmpty)
        #expect(try Stores.points(again) == acknowledged, "\(operation) after \(skipped)")
      }
    }
  }

  #if canImport(Glibc)
    private static let mountPoint: String? = {
      var template = Array("/tmp/poolkeeper-full-XXXXXX".utf8CString)
      guard geteuid() == 0, let made = mkdtemp(&template) else { return nil }
      let path = String(cString: made)
      guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else {
        rmdir(path)
        return nil
      }
      return path
    }()

    @Test(.enabled(if: mountPoint != nil, "a small file system cannot be mounted here"))
    func recoversOnARealFileSystem() throws {
      let directory = Self.mountPoint!
      defer {
        umount(directory)
        rmdir(directory)
      }
      var acknowledged: Set<String> = []
      do {
        let store = try SeriesStore.open(directory: directory, options: options, now: Stores.now).store
        let ballast = DirectoryBallast(directory)
        #expect(try run(store, rounds: 0..<10, &acknowledged) == 0)
        ballast.fill()
        #expect(try run(store, rounds: 10..<40, &acknowledged) > 0)
        #expect(try Stores.points(store) == acknowledged)
        ballast.remove()
        #expect(try run(store, rounds: 40..<60, &acknowledged) == 0)
        #expect(try Stores.points(store) == acknowledged)
      }
      let (again, report) = try SeriesStore.open(directory: directory, options: options, now: Stores.now)
      #expect(report.damage.isEmpty)
      #expect(try Stores.points(again) == acknowledged)
    }

    /// A file that takes all the room there is.
    private struct DirectoryBallast {
      let path: String

      init(_ directory: String) { path = directory + "/ballast" }

      func fill() {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        let page = [UInt8](repeating: 1, count: 512)
        while page.withUnsafeBytes({ write(descriptor, $0.baseAddress!, $0.count) }) > 0 {}
        close(descriptor)
      }

      func remove() { unlink(path) }
    }
  #endif
}
