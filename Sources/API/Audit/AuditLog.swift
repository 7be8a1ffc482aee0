import Foundation
import Model
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Changes that somebody asked for, one line of JSON each, in a file that only grows; an entry is on the disk when `append`
/// returns. Thread-safe.
///
/// A full file becomes `audit-1.jsonl`, the one before `audit-2.jsonl`, and so on; the oldest goes. What a crash tore off in
/// the middle of a line is passed over.
public final class AuditLog: Sendable {
  /// Why the log cannot be written or read.
  public struct Fault: Error, Sendable, CustomStringConvertible {
    /// A sentence.
    public let description: String
  }

  /// How much is kept.
  public struct Limits: Sendable {
    /// Bytes of a file before the next one is begun.
    public var fileBytes = 16 << 20
    /// Files, the one that grows included.
    public var files = 8

    /// The usual ones: 128 MiB.
    public init() {}
  }

  private struct State {
    /// Below zero while there is none.
    var file: Int32 = -1
    var bytes = 0
    var fault: Fault?
  }

  private let directory: String
  private let limits: Limits
  private let state = Mutex(State())

  /// Opens the log in a directory, or begins one.
  public init(directory: String, limits: Limits = Limits()) throws(Fault) {
    self.directory = directory
    self.limits = limits
    if let fault = state.withLock({ open(&$0) }) { throw fault }
  }

  deinit {
    let file = state.withLock { $0.file }
    if file >= 0 { close(file) }
  }

  /// Why the log cannot be written; asking tries again. `nil` when it can.
  var fault: Fault? {
    state.withLock { state in
      guard state.fault != nil else { return nil }
      if state.file >= 0 { close(state.file) }
      state.fault = open(&state)
      return state.fault
    }
  }

  /// Writes an entry; on the disk when it returns.
  public func append(_ entry: AuditEntry) throws(Fault) {
    let line: Data
    do { line = try JSONFormat.encoder().encode(entry) + Data("\n".utf8) } catch {
      throw Fault(description: "An entry cannot be written as JSON: \(error)")
    }
    let fault = state.withLock { state -> Fault? in
      if state.bytes > 0, state.bytes + line.count > limits.fileBytes { state.fault = rotate(&state) }
      if state.fault == nil { state.fault = write(line, &state) }
      return state.fault
    }
    if let fault { throw fault }
  }

  /// The newest entries, the newest first.
  /// - Parameter limit: at most so many.
  public func recent(_ limit: Int) throws(Fault) -> [AuditEntry] {
    let decoder = JSONFormat.decoder()
    // While files are renamed, an entry would be found twice or not at all.
    return try state.withLock { _ throws(Fault) in
      var entries: [AuditEntry] = []
      for number in 0..<limits.files where entries.count < limit {
        let file = path(number)
        guard FileManager.default.fileExists(atPath: file) else { break }
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
          throw Fault(description: "\(file) cannot be read: \(error.localizedDescription)")
        }
        for line in data.split(separator: UInt8(ascii: "\n")).reversed() where entries.count < limit {
          if let entry = try? decoder.decode(AuditEntry.self, from: line) { entries.append(entry) }
        }
      }
      return entries
    }
  }

  // MARK: - Files

  private func path(_ number: Int) -> String { directory + (number == 0 ? "/audit.jsonl" : "/audit-\(number).jsonl") }

  private func open(_ state: inout State) -> Fault? {
    let name = path(0)
    let isNew = !FileManager.default.fileExists(atPath: name)
    #if canImport(Darwin)
      state.file = Darwin.open(name, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0o600)
    #else
      state.file = Glibc.open(name, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0o600)
    #endif
    guard state.file >= 0 else { return Self.fault(name, "opened") }
    let length = lseek(state.file, 0, SEEK_END)
    state.bytes = max(0, Int(length))
    if isNew { syncDirectory() }
    var last = UInt8(ascii: "\n")
    if length > 0 { _ = pread(state.file, &last, 1, length - 1) }
    // The end of a line that a crash tore off is not the beginning of the next one.
    return last == UInt8(ascii: "\n") ? nil : write(Data("\n".utf8), &state)
  }

  private func write(_ data: Data, _ state: inout State) -> Fault? {
    let before = state.bytes
    let file = state.file
    let isWritten = data.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        #if canImport(Darwin)
          let count = Darwin.write(file, bytes.baseAddress! + done, bytes.count - done)
        #else
          let count = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
        #endif
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
    if isWritten, fsync(file) == 0 {
      state.bytes += data.count
      return nil
    }
    let fault = Self.fault(path(0), "written")
    // Half an entry is none.
    _ = ftruncate(file, off_t(before))
    return fault
  }

  private func rotate(_ state: inout State) -> Fault? {
    for number in (0..<limits.files - 1).reversed() {
      if rename(path(number), path(number + 1)) != 0, errno != ENOENT { return Self.fault(path(number), "renamed") }
    }
    close(state.file)
    state.file = -1
    return open(&state)
  }

  private func syncDirectory() {
    #if canImport(Darwin)
      let file = Darwin.open(directory, O_RDONLY | O_CLOEXEC)
    #else
      let file = Glibc.open(directory, O_RDONLY | O_CLOEXEC)
    #endif
    guard file >= 0 else { return }
    fsync(file)
    close(file)
  }

  private static func fault(_ name: String, _ what: String) -> Fault {
    Fault(description: "\(name) cannot be \(what): \(String(cString: strerror(errno))).")
  }
}
