/// How a request wants an object changed, by the media type of its body.
enum ManifestPatch {
  /// RFC 7396.
  case merge(ManifestValue)
  /// Like a merge, but some lists are merged by a key. Only what built-in kinds have.
  case strategicMerge(ManifestValue)
  /// RFC 6902.
  case operations([ManifestValue])

  /// Why a patch cannot be applied: what is wrong with it, or a test of it that does not hold.
  struct Failure: Error {
    var message: String
  }

  /// The object as the patch wants it.
  func apply(to object: ManifestValue) throws(Failure) -> ManifestValue {
    switch self {
    case .merge(let patch): return Self.merge(patch, into: object)
    case .strategicMerge(let patch): return Self.strategicMerge(patch, into: object, path: "")
    case .operations(let operations):
      var result = object
      for operation in operations { try Self.perform(operation, on: &result) }
      return result
    }
  }

  static func merge(_ patch: ManifestValue, into target: ManifestValue?) -> ManifestValue {
    guard let changes = patch.fields else { return patch }
    var result = target?.fields ?? ManifestValue.Fields()
    for (key, value) in changes.entries { result[key] = value.isNull ? nil : merge(value, into: result[key]) }
    return .object(result)
  }

  // MARK: - Strategic merge

  /// Lists that are merged by the value of a field, by their path; all other lists are replaced whole.
  private static let mergeKeys: [String: String] = [
    "status.conditions": "type", "status.addresses": "type", "metadata.ownerReferences": "uid",
    "spec.containers": "name", "spec.initContainers": "name", "spec.volumes": "name",
    "spec.template.spec.containers": "name", "spec.template.spec.volumes": "name",
  ]

  private static func strategicMerge(
    _ patch: ManifestValue, into target: ManifestValue?, path: String
  ) -> ManifestValue {
    if let key = mergeKeys[path], let changes = patch.list {
      return mergeList(changes, into: target?.list ?? [], by: key, path: path)
    }
    guard let changes = patch.fields else { return patch }
    if changes["$patch"]?.string == "replace" {
      var whole = changes
      whole["$patch"] = nil
      return .object(whole)
    }
    var result = target?.fields ?? ManifestValue.Fields()
    for (key, value) in changes.entries where !key.hasPrefix("$") {
      let inner = path.isEmpty ? key : "\(path).\(key)"
      result[key] = value.isNull ? nil : strategicMerge(value, into: result[key], path: inner)
    }
    for (key, value) in changes.entries where key.hasPrefix("$deleteFromPrimitiveList/") {
      let name = String(key.dropFirst("$deleteFromPrimitiveList/".count))
      let removed = value.list ?? []
      result[name] = result[name]?.list.map { .list($0.filter { !removed.contains($0) }) }
    }
    return .object(result)
  }

  private static func mergeList(
    _ changes: [ManifestValue], into target: [ManifestValue], by key: String, path: String
  ) -> ManifestValue {
    if changes.contains(where: { $0["$patch"]?.string == "replace" }) {
      return .list(changes.filter { $0["$patch"] == nil })
    }
    var result = target
    for change in changes {
      let index = result.firstIndex { $0[key] == change[key] }
      if change["$patch"]?.string == "delete" {
        if let index { result.remove(at: index) }
      } else if let index {
        result[index] = strategicMerge(change, into: result[index], path: path + "[]")
      } else {
        result.append(change)
      }
    }
    return .list(result)
  }

  // MARK: - JSON patch

  private static func perform(_ operation: ManifestValue, on object: inout ManifestValue) throws(Failure) {
    guard let name = operation["op"]?.string, let path = operation["path"]?.string else {
      throw Failure(message: "each operation of a JSON patch needs op and path")
    }
    let steps = try steps(of: path)
    switch name {
    case "add": try change(&object, steps, path, to: try value(of: operation), adding: true)
    case "replace":
      guard find(steps[...], in: object) != nil else { throw missing(path) }
      try change(&object, steps, path, to: try value(of: operation), adding: false)
    case "remove":
      guard find(steps[...], in: object) != nil else { throw missing(path) }
      try change(&object, steps, path, to: nil, adding: false)
    case "test":
      // A missing field equals null for the API server.
      guard (find(steps[...], in: object) ?? .null) == (operation["value"] ?? .null) else {
        throw Failure(message: "testing value \(path) failed: test failed")
      }
    case "copy", "move":
      let source = try Self.steps(of: operation["from"]?.string ?? "")
      guard let moved = find(source[...], in: object) else { throw missing(operation["from"]?.string ?? "") }
      if name == "move" { try change(&object, source, path, to: nil, adding: false) }
      try change(&object, steps, path, to: moved, adding: true)
    default: throw Failure(message: "unknown operation \"\(name)\" in a JSON patch")
    }
  }

  private static func value(of operation: ManifestValue) throws(Failure) -> ManifestValue {
    guard let value = operation["value"] else { throw Failure(message: "an operation of a JSON patch lacks its value") }
    return value
  }

  private static func missing(_ path: String) -> Failure {
    Failure(message: "the path \(path) of a JSON patch does not exist")
  }

  private static func steps(of path: String) throws(Failure) -> [String] {
    guard path.hasPrefix("/") else { throw Failure(message: "the path \"\(path)\" of a JSON patch must begin with /") }
    return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
      String($0).replacing("~1", with: "/").replacing("~0", with: "~")
    }
  }

  private static func find(_ steps: ArraySlice<String>, in value: ManifestValue) -> ManifestValue? {
    guard let step = steps.first else { return value }
    if let list = value.list {
      guard let index = Int(step), list.indices.contains(index) else { return nil }
      return find(steps.dropFirst(), in: list[index])
    }
    return value[step].flatMap { find(steps.dropFirst(), in: $0) }
  }

  private static func change(
    _ value: inout ManifestValue, _ steps: [String], _ path: String, to new: ManifestValue?, adding: Bool
  ) throws(Failure) {
    let step = steps[0]
    let rest = Array(steps.dropFirst())
    if var list = value.list {
      let index = step == "-" ? list.count : Int(step) ?? -1
      guard index >= 0, index < list.count || (adding && rest.isEmpty && index == list.count) else {
        throw missing(path)
      }
      if !rest.isEmpty {
        try change(&list[index], rest, path, to: new, adding: adding)
      } else if let new {
        if adding { list.insert(new, at: index) } else { list[index] = new }
      } else {
        list.remove(at: index)
      }
      value = .list(list)
    } else if var fields = value.fields {
      if rest.isEmpty {
        fields[step] = new
      } else {
        guard var child = fields[step] else { throw missing(path) }
        try change(&child, rest, path, to: new, adding: adding)
        fields[step] = child
      }
      value = .object(fields)
    } else {
      throw missing(path)
    }
  }
}
