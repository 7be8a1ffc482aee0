import Model

/// An object's namespace and name; the namespace is empty for kinds without.
struct ObjectKey: Hashable, Sendable, Comparable {
  var namespace: String
  var name: String

  static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }
}

/// What is of interest in an object's `metadata`.
struct ObjectMetadata {
  var namespace = ""
  var name = ""
  var uid = ""
  var resourceVersion = ""
  var createdAt = Instant.epoch
  var labels: [String: String] = [:]
  var annotations: [String: String] = [:]
  var isTerminating = false
  /// Of the controlling owner.
  var ownerKind: String?
  var ownerName: String?

  var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

  /// - Parameter keepsAnnotation: which annotations are of interest.
  init(_ json: inout JSONPull, keepsAnnotation: (String) -> Bool) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "namespace": namespace = json.text(isShared: true) ?? ""
      case "name": name = json.text() ?? ""
      case "uid": uid = json.text() ?? ""
      case "resourceVersion": resourceVersion = json.text() ?? ""
      case "creationTimestamp": createdAt = json.instant() ?? .epoch
      case "deletionTimestamp": isTerminating = json.text() != nil
      case "labels": labels = json.sharedTexts()
      case "annotations": readAnnotations(&json, keepsAnnotation)
      case "ownerReferences": readOwner(&json)
      default: json.skip()
      }
    }
  }

  private mutating func readAnnotations(_ json: inout JSONPull, _ keeps: (String) -> Bool) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      let name = key.text
      if keeps(name) {
        annotations[name] = json.text() ?? ""
      } else {
        json.skip()
      }
    }
  }

  private mutating func readOwner(_ json: inout JSONPull) {
    guard json.enterArray() else { return }
    while json.nextElement() {
      guard json.enterObject() else { continue }
      var kind: String?
      var name: String?
      var isController = false
      while let key = json.nextKey() {
        switch key {
        case "kind": kind = json.text(isShared: true)
        case "name": name = json.text(isShared: true)
        case "controller": isController = json.flag() ?? false
        default: json.skip()
        }
      }
      if isController { (ownerKind, ownerName) = (kind, name) }
    }
  }
}

/// An object that was read: where it is kept, in which version, and what is of interest in it.
struct ReadObject<Value: Sendable>: Sendable {
  var key: ObjectKey
  var resourceVersion: String
  var value: Value
}

extension ReadObject: Equatable where Value: Equatable {}

/// Reads one object that begins where the reader stands.
typealias ObjectReader<Value: Sendable> = @Sendable (inout JSONPull) -> ReadObject<Value>
