#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Files of one directory that are only looked at, also while the program runs that writes them.
///
/// What opening a store would tidy up stays as it is: changes are accepted and not made. A file that the program takes
/// away meanwhile is a fault of the read; opening anew finds what took its place.
public struct ReadOnlyFiles: StorageFiles {
  /// The directory's path.
  public let directory: String

  /// Looks at nothing yet.
  public init(directory: String) { self.directory = directory }

  /// Names of all files but the lock.
  public func names() throws(StorageFault) -> [String] { try DirectoryFiles.names(in: directory) }

  /// Maps a file into memory for the time of the call.
  public func withContents<R>(of name: String, _ body: (UnsafeRawBufferPointer) -> R) throws(StorageFault) -> R {
    try DirectoryFiles.withContents(ofPath: "\(directory)/\(name)", name, body)
  }

  /// Writes nothing.
  public func write(_ bytes: UnsafeRawBufferPointer, to name: String, at offset: Int) throws(StorageFault) {}
  /// Cuts nothing off.
  public func truncate(_ name: String, to length: Int) throws(StorageFault) {}
  /// There is nothing to force to the device.
  public func synchronize(_ name: String) throws(StorageFault) {}
  /// Renames nothing.
  public func rename(_ name: String, to newName: String) throws(StorageFault) {}
  /// Removes nothing.
  public func remove(_ name: String) throws(StorageFault) {}
}
