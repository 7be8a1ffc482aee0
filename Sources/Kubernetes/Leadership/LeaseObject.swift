import Foundation
import Model

/// A Lease in the API server's JSON. What we do not know of an object (labels, owners) goes back as it came.
enum LeaseObject {
  /// - Parameters:
  ///   - version: the resource version that is to be replaced; `nil` for a new object.
  ///   - seen: the object as last seen; it may be of another version, as answers may come late.
  static func encode(
    _ record: LeaseRecord, namespace: String, name: String, over version: String? = nil, in seen: [UInt8]? = nil
  ) throws(KubernetesError) -> [UInt8] {
    var object: [String: Any] = [:]
    if let seen { object = try dictionary(seen) }
    object["apiVersion"] = ResourceKind.leases.apiVersion
    object["kind"] = "Lease"
    var metadata = object["metadata"] as? [String: Any] ?? [:]
    metadata["name"] = name
    metadata["namespace"] = namespace
    metadata["managedFields"] = nil
    metadata["resourceVersion"] = version
    object["metadata"] = metadata
    var spec = object["spec"] as? [String: Any] ?? [:]
    spec["holderIdentity"] = record.holder
    spec["leaseDurationSeconds"] = record.durationSeconds
    spec["acquireTime"] = microTime(record.acquiredAt)
    spec["renewTime"] = microTime(record.renewedAt)
    spec["leaseTransitions"] = record.transitions
    object["spec"] = spec
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]) else {
      throw KubernetesError(.malformed, "The lease \(namespace)/\(name) cannot be written as JSON.")
    }
    return Array(data)
  }

  static func decode(_ bytes: [UInt8]) throws(KubernetesError) -> ObservedLease {
    let object = try dictionary(bytes)
    guard let metadata = object["metadata"] as? [String: Any], let version = metadata["resourceVersion"] as? String
    else { throw KubernetesError(.malformed, "The API server's answer holds no lease with a resource version.") }
    let spec = object["spec"] as? [String: Any] ?? [:]
    func instant(_ key: String) -> Instant { (spec[key] as? String).flatMap(Instant.init(rfc3339:)) ?? .epoch }
    let record = LeaseRecord(
      holder: spec["holderIdentity"] as? String ?? "", durationSeconds: spec["leaseDurationSeconds"] as? Int ?? 0,
      acquiredAt: instant("acquireTime"), renewedAt: instant("renewTime"),
      transitions: spec["leaseTransitions"] as? Int ?? 0)
    return ObservedLease(record: record, version: version)
  }

  private static func dictionary(_ bytes: [UInt8]) throws(KubernetesError) -> [String: Any] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
      throw KubernetesError(.malformed, "The API server's answer is no JSON object.")
    }
    return object
  }

  /// RFC 3339 with microseconds, as the API server wants it.
  static func microTime(_ instant: Instant) -> String { String(instant.description.dropLast()) + "000Z" }
}
