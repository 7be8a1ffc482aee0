import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Files of one directory through the system's calls.
public final class DirectoryFiles: StorageFiles {
  /// The directory's path.
  public let directory: String
  /// Files open for writing, by name.
  private let open = Mutex<[String: Int32]>([:])
  private let lock: Int32

  /// Opens the directory, making it when it is not there, and locks it against other processes.
  /// - Throws: `StorageFault`, also when another process uses the directory.
  public init(directory: String) throws(StorageFault) {
    self.directory = directory
    var path = ""
    for part in directory.split(separator: "/", omittingEmptySubsequences: false) {
      path += path.isEmpty && !directory.hasPrefix("/") ? String(part) : "/\(part)"
      if mkdir(path.isEmpty ? "/" : path, 0o750) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS {
        throw StorageFault(number: errno, operation: "make directory \(path)")
      }
    }
    lock = DirectoryFiles.openFile("\(directory)/lock", O_RDWR | O_CREAT)
    guard lock >= 0 else { throw StorageFault(number: errno, operation: "open \(directory)/lock") }
    if flock(lock, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      close(lock)
      throw StorageFault(number: number, operation: "lock \(directory), which another process may be using, and write")
    }
  }

  deinit {
    open.withLock { for (_, descriptor) in $0 { close(descriptor) } }
    close(lock)
  }

  /// Names of all files but the lock.
  public func names() throws(StorageFault) -> [String] { try DirectoryFiles.names(in: directory) }

  static func names(in directory: String) throws(StorageFault) -> [String] {
    guard let stream = opendir(directory) else { throw fault("list", directory) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." && name != "lock" { names.append(name) }
    }
    return names
  }

  /// Maps a file into memory for the time of the call.
  public func withContents<R>(of name: String, _ body: (UnsafeRawBufferPointer) -> R) throws(StorageFault) -> R {
    try DirectoryFiles.withContents(ofPath: path(name), name, body)
  }

  static func withContents<R>(
    ofPath path: String, _ name: String, _ body: (UnsafeRawBufferPointer) -> R
  ) throws(StorageFault) -> R {
    let descriptor = DirectoryFiles.openFile(path, O_RDONLY)
    guard descriptor >= 0 else { throw fault("open", name) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw fault("inspect", name) }
    let size = Int(status.st_size)
    if size == 0 { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw fault("read", name)
    }
    defer { munmap(memory, size) }
    return body(UnsafeRawBufferPointer(start: memory, count: size))
  }

  /// Writes all bytes at an offset.
  public func write(_ bytes: UnsafeRawBufferPointer, to name: String, at offset: Int) throws(StorageFault) {
    let descriptor = try self.descriptor(name)
    var written = 0
    while written < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
      if count < 0 {
        if errno == EINTR { continue }
        throw fault("write", name)
      }
      written += count
    }
  }

  /// Cuts a file off.
  public func truncate(_ name: String, to length: Int) throws(StorageFault) {
    guard ftruncate(try descriptor(name), off_t(length)) == 0 else { throw fault("truncate", name) }
  }

  /// Forces a file to the device.
  public func synchronize(_ name: String) throws(StorageFault) {
    guard fsync(try descriptor(name)) == 0 else { throw fault("synchronize", name) }
  }

  /// Renames a file and forces the directory to the device.
  public func rename(_ name: String, to newName: String) throws(StorageFault) {
    closeFile(name)
    closeFile(newName)
    #if canImport(Darwin)
      let result = Darwin.rename(path(name), path(newName))
    #else
      let result = Glibc.rename(path(name), path(newName))
    #endif
    guard result == 0 else { throw fault("rename", name) }
    let descriptor = DirectoryFiles.openFile(directory, O_RDONLY)
    guard descriptor >= 0 else { throw fault("open", directory) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw fault("synchronize", directory) }
  }

  /// Removes a file.
  public func remove(_ name: String) throws(StorageFault) {
    closeFile(name)
    if unlink(path(name)) != 0 && errno != ENOENT { throw fault("remove", name) }
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)" }

  private static func fault(_ operation: String, _ name: String) -> StorageFault {
    StorageFault(number: errno, operation: "\(operation) \(name)")
  }

  private func fault(_ operation: String, _ name: String) -> StorageFault { DirectoryFiles.fault(operation, name) }

  private func descriptor(_ name: String) throws(StorageFault) -> Int32 {
    if let known = open.withLock({ $0[name] }) { return known }
    let made = DirectoryFiles.openFile(path(name), O_RDWR | O_CREAT)
    guard made >= 0 else { throw fault("open", name) }
    open.withLock { $0[name] = made }
    return made
  }

  private func closeFile(_ name: String) {
    if let descriptor = open.withLock({ $0.removeValue(forKey: name) }) { close(descriptor) }
  }

  #if canImport(Darwin)
    private static func openFile(_ path: String, _ flags: Int32) -> Int32 {
      Darwin.open(path, flags | O_CLOEXEC, 0o640)
    }
  #else
    private static func openFile(_ path: String, _ flags: Int32) -> Int32 { Glibc.open(path, flags | O_CLOEXEC, 0o640) }
  #endif
}

extension StorageFault {
  /// Whether there is no room: the device, the quota or the file-size limit is exhausted.
  public var isFull: Bool { number == ENOSPC || number == EDQUOT || number == EFBIG }

  static func text(of number: Int32) -> String { String(cString: strerror(number)) }
}
