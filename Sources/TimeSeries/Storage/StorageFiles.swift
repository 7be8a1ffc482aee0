/// The few operations on files that the log and the snapshots need; the edge where the store touches the world.
///
/// Names are plain file names inside one directory that belongs to this process alone. Calls may come from any thread,
/// but never two at a time for one name.
public protocol StorageFiles: Sendable {
  /// Names of all files, in any order.
  func names() throws(StorageFault) -> [String]
  /// Hands a file's whole content to `body`; the bytes are valid only during the call.
  func withContents<R>(of name: String, _ body: (UnsafeRawBufferPointer) -> R) throws(StorageFault) -> R
  /// Writes all bytes at an offset, making the file when there is none. After a fault some of them may be there.
  func write(_ bytes: UnsafeRawBufferPointer, to name: String, at offset: Int) throws(StorageFault)
  /// Cuts a file off at a length.
  func truncate(_ name: String, to length: Int) throws(StorageFault)
  /// Returns when the file's bytes are on the device.
  func synchronize(_ name: String) throws(StorageFault)
  /// Renames a file over another one and makes that last.
  func rename(_ name: String, to newName: String) throws(StorageFault)
  /// Removes a file; one that is not there is no fault.
  func remove(_ name: String) throws(StorageFault)
}

/// An operation on a file that the system refused.
public struct StorageFault: Error, Sendable, CustomStringConvertible {
  /// The system's error number.
  public let number: Int32
  /// What was attempted, for example `write log-00000001`.
  public let operation: String

  /// A fault with the system's error number.
  public init(number: Int32, operation: String) {
    self.number = number
    self.operation = operation
  }

  /// A sentence that says what to do.
  public var description: String {
    let remedy = isFull ? "free space there or enlarge the volume; the store goes on by itself" : "see the system's log"
    return "cannot \(operation) in the data directory: \(StorageFault.text(of: number)); \(remedy)"
  }
}
