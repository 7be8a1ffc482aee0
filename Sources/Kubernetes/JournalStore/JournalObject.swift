import Foundation

/// An object at the API server as the journal keeps it: what others wrote into its metadata goes back as it came.
struct JournalObject: Sendable {
  let name: String
  let uid: String
  let version: String
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) throws(KubernetesError) {
    try self.init(Self.dictionary(bytes), bytes)
  }

  private init(_ object: [String: Any], _ bytes: [UInt8]) throws(KubernetesError) {
    guard let metadata = object["metadata"] as? [String: Any], let name = metadata["name"] as? String,
      let version = metadata["resourceVersion"] as? String
    else { throw KubernetesError(.malformed, "The API server's answer holds no object with a resource version.") }
    self.name = name
    self.version = version
    uid = metadata["uid"] as? String ?? ""
    self.bytes = bytes
  }

  /// The objects of a list.
  static func items(of list: [UInt8]) throws(KubernetesError) -> [JournalObject] {
    let items = try dictionary(list)["items"] as? [[String: Any]] ?? []
    var objects: [JournalObject] = []
    for item in items { objects.append(try JournalObject(item, encode(item))) }
    return objects
  }

  var spec: [String: Any] {
    get throws(KubernetesError) { try Self.dictionary(bytes)["spec"] as? [String: Any] ?? [:] }
  }

  /// Decodes the whole `spec`.
  func spec<Spec: Decodable>(as type: Spec.Type) throws(KubernetesError) -> Spec {
    do {
      return try JSONDecoder().decode(SpecHolder<Spec>.self, from: Data(bytes)).spec
    } catch {
      throw KubernetesError(.malformed, "The object \(name) does not hold what it should: \(error).")
    }
  }

  /// A new object, or this one with another `spec`.
  /// - Parameter seen: the object to be replaced, only over the version that it has.
  static func encode(
    _ kind: ResourceKind, _ kindName: String, namespace: String, name: String, ledger: String, spec: some Encodable,
    over seen: JournalObject?
  ) throws(KubernetesError) -> [UInt8] {
    var object: [String: Any] = [:]
    if let seen { object = try dictionary(seen.bytes) }
    object["apiVersion"] = kind.apiVersion
    object["kind"] = kindName
    var metadata = object["metadata"] as? [String: Any] ?? [:]
    metadata["name"] = name
    metadata["namespace"] = namespace
    metadata["managedFields"] = nil
    var labels = metadata["labels"] as? [String: String] ?? [:]
    labels[ledgerLabel] = ledger
    metadata["labels"] = labels
    object["metadata"] = metadata
    do {
      object["spec"] = try JSONSerialization.jsonObject(with: JSONEncoder().encode(spec))
    } catch {
      throw KubernetesError(.invalid, "The object \(name) cannot be written as JSON: \(error).")
    }
    return try encode(object)
  }

  /// On everything that belongs to a ledger; its value is the ledger's name.
  static let ledgerLabel = "poolkeeper.dev/ledger"

  private static func encode(_ object: [String: Any]) throws(KubernetesError) -> [UInt8] {
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]) else {
      throw KubernetesError(.invalid, "An object cannot be written as JSON.")
    }
    return Array(data)
  }

  private static func dictionary(_ bytes: [UInt8]) throws(KubernetesError) -> [String: Any] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
      throw KubernetesError(.malformed, "The API server's answer is no JSON object.")
    }
    return object
  }
}

private struct SpecHolder<Spec: Decodable>: Decodable { var spec: Spec }
