import Foundation

/// A world in a file: JSON, replaced as a whole, so that a reader finds the old world or the new one and never half.
public struct WorldFile: Sendable {
  /// The file's path.
  public let path: String

  /// A file that need not exist yet.
  public init(path: String) { self.path = path }

  /// Replaces the file. What was saved survives the process.
  public func save(_ world: World) throws {
    try Self.encode(world).write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  /// The saved world; `nil` when there is no such file.
  public func load() throws -> World? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try Self.decode(Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The world as JSON with sorted keys: equal worlds give equal bytes.
  static func encode(_ world: World) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(world)
  }

  static func decode(_ data: Data) throws -> World { try JSONDecoder().decode(World.self, from: data) }
}

extension World {
  /// A short fingerprint of everything in the world, 16 hexadecimal digits: FNV-1a over its JSON.
  public func digest() throws -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in try WorldFile.encode(self) {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
