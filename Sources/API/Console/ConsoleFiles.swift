import CConsole
import HTTPTypes
import Hummingbird
import NIOCore

/// The files of the console as they were when the program was built; nothing is read from disk.
struct ConsoleFile: Sendable {
  let name: String
  let bytes: ByteBuffer
  let contentType: String
  /// Another whenever the bytes are. Weak, since the same file is also sent compressed.
  let entityTag: String

  /// Sorted by name.
  static let all: [ConsoleFile] = (0..<console_file_count()).map { index in
    let file = console_file_at(index)
    let bytes = UnsafeBufferPointer(start: file.bytes, count: file.count)
    return ConsoleFile(name: String(cString: file.name), bytes: bytes)
  }.sorted { $0.name < $1.name }

  static func named(_ name: String) -> ConsoleFile? { all.first { $0.name == name } }

  /// The page itself.
  static let page = named("console.html")!

  private init(name: String, bytes: UnsafeBufferPointer<UInt8>) {
    self.name = name
    self.bytes = ByteBuffer(bytes: bytes)
    contentType =
      switch name.split(separator: ".").last {
      case "html": "text/html; charset=utf-8"
      case "css": "text/css; charset=utf-8"
      case "js": "text/javascript; charset=utf-8"
      default: "image/svg+xml"
      }
    // FNV-1a of 64 bits: the tag tells versions of one file apart and guards nothing.
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    entityTag = "W/\"\(String(hash, radix: 16))\""
  }
}
