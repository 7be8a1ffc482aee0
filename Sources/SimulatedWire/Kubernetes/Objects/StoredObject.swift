/// Where an object is within its table.
struct ObjectKey: Hashable, Comparable, Sendable {
  /// Empty for objects of the whole cluster.
  var namespace: String
  var name: String

  static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    left.namespace == right.namespace ? left.name < right.name : left.namespace < right.namespace
  }
}

/// One version of an object: its JSON, and what it can be selected by.
struct StoredObject: Sendable {
  var version: Int
  let labels: [String: String]
  let fields: [String: String]
  let uid: String
  /// The object's JSON without its version, which goes where `seam` is.
  private let content: [UInt8]
  private let seam: Int

  /// - Parameter manifest: with apiVersion, kind and metadata; a resourceVersion in it is replaced.
  init(_ manifest: ManifestValue, version: Int, fields: [String: String]) {
    var metadata = manifest["metadata"]?.fields ?? ManifestValue.Fields()
    metadata["resourceVersion"] = nil
    self.version = version
    self.fields = fields
    labels = manifest[["metadata", "labels"]]?.texts ?? [:]
    uid = metadata["uid"]?.string ?? ""
    var whole = ManifestValue.Fields()
    whole["kind"] = manifest["kind"]
    whole["apiVersion"] = manifest["apiVersion"]
    var head = ManifestValue.object(whole).json
    head.removeLast()
    head += ",\"metadata\":{".utf8
    seam = head.count
    var rest = ManifestValue.object(metadata).json
    rest.removeFirst()
    head += rest
    for (key, value) in manifest.fields?.entries ?? [] where !["kind", "apiVersion", "metadata"].contains(key) {
      head.append(UInt8(ascii: ","))
      ManifestValue.text(key).write(to: &head)
      head.append(UInt8(ascii: ":"))
      value.write(to: &head)
    }
    head.append(UInt8(ascii: "}"))
    content = head
  }

  /// Whether nothing but the version differs.
  func isSame(as other: StoredObject) -> Bool { content == other.content }

  func write(to bytes: inout [UInt8]) {
    bytes += content[..<seam]
    bytes += "\"resourceVersion\":\"\(version)\"".utf8
    if content[seam] != UInt8(ascii: "}") { bytes.append(UInt8(ascii: ",")) }
    bytes += content[seam...]
  }

  var json: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(content.count + 48)
    write(to: &bytes)
    return bytes
  }

  /// The object, read back.
  var manifest: ManifestValue {
    do {
      return try ManifestParser.parse(json)
    } catch {
      preconditionFailure("what was written here is no JSON: \(error.message)")
    }
  }
}
