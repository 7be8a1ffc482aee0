import Foundation
import ServiceLifecycle

/// Looks at the configuration's files every few seconds, and reloads when what they say has changed.
///
/// Looking by name follows symbolic links, so that the exchange of a mounted ConfigMap is seen as well as an editor's new
/// file. A change is taken up when the files have been the same for two looks: not while somebody writes.
struct ConfigurationWatch: Service {
  let reloader: Reloader
  /// As the files were when the program read them first.
  let first: [FileMark]
  /// Real time between two looks.
  let interval: Duration

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var known = first
      var candidate: [FileMark]?
      while !Task.isCancelled {
        try? await Task.sleep(for: interval)
        guard !Task.isCancelled else { return }
        let files = await reloader.files
        let seen = FileMark.all(files)
        // While a file is being exchanged it may be away for a moment.
        guard seen.allSatisfy(\.isThere), seen != known else {
          candidate = nil
          continue
        }
        guard candidate == seen else {
          candidate = seen
          continue
        }
        candidate = nil
        let isNew = seen.map(\.content) != known.map(\.content)
        known = seen
        guard isNew else { continue }
        _ = await reloader.reload(by: "file")
        let named = await reloader.files
        if named != files { known = FileMark.all(named) }
      }
    }
  }
}

/// How a file looks from outside, and what it says.
struct FileMark: Equatable {
  var path: String
  var isThere = false
  private var device: UInt64 = 0
  private var number: UInt64 = 0
  private var size: UInt64 = 0
  private var changedAt: Double = 0
  /// FNV-1a of its bytes; a change that nobody means to hide is all that is looked for.
  private(set) var content: UInt64 = 0

  /// Bytes that are looked at; a configuration is far smaller.
  static let largestFile = 16 << 20

  static func all(_ paths: [String]) -> [FileMark] { paths.map { FileMark($0) } }

  init(_ path: String) {
    self.path = path
    // A link is followed: its own attributes do not change with what it points to.
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: target),
      let size = (attributes[.size] as? NSNumber)?.uint64Value, size <= Self.largestFile,
      let bytes = try? Data(contentsOf: URL(fileURLWithPath: path))
    else { return }
    isThere = true
    self.size = size
    device = (attributes[.systemNumber] as? NSNumber)?.uint64Value ?? 0
    number = (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
    changedAt = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    content = bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
  }
}
