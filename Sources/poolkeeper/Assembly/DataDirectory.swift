import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The directory that holds the journal and the store, and the lock that keeps a second process out of it.
///
/// The lock is the kernel's (`flock`), so it ends with the process however that ends. `@unchecked Sendable`: nothing
/// changes after creation.
final class DataDirectory: @unchecked Sendable {
  let path: String
  private let lock: Int32

  init(_ path: String) throws {
    self.path = path
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(.environment, "The data directory \(path) cannot be made: \(error.localizedDescription)")
    }
    lock = open(path + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard lock >= 0 else {
      throw Failure(.environment, "The data directory \(path) is not writable: \(String(cString: strerror(errno))).")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw Failure(
        .environment, "Another poolkeeper runs on the data directory \(path): stop it, or give --data another one.")
    }
  }

  deinit { close(lock) }

  var journal: String { path + "/journal.sqlite" }
  var store: String { path + "/metrics" }
  var world: String { path + "/world.json" }
}
