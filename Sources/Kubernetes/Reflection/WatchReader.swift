import Synchronization

/// Reads lists and lines of watches of one kind, and lets equal parts of their objects share memory.
final class WatchReader<Value: Sendable>: Sendable {
  private let pools = Mutex(Pools())
  private let read: ObjectReader<Value>
  /// For sentences.
  private let kind: ResourceKind

  /// Not sendable themselves: they are only used under the lock.
  private struct Pools: ~Copyable {
    let shared = DecodingPools()
  }

  init(_ kind: ResourceKind, read: @escaping ObjectReader<Value>) {
    self.kind = kind
    self.read = read
  }

  /// A page of a list.
  /// - Throws: `malformed` where it is no list, or an object of it cannot be understood: part of a list is no list.
  func page(_ bytes: [UInt8]) throws(KubernetesError) -> ListPage<Value> {
    let (page, isSound, last) = pools.withLock { pools -> (ListPage<Value>, Bool, ObjectKey?) in
      bytes.withUnsafeBufferPointer { bytes -> (ListPage<Value>, Bool, ObjectKey?) in
        var json = JSONPull(bytes, pools: pools.shared)
        var page = ListPage<Value>(objects: [], resourceVersion: "", continuation: nil)
        var hasItems = false
        json.members { json, key in
          switch key {
          case "metadata":
            json.members { json, key in
              switch key {
              case "resourceVersion": page.resourceVersion = json.text() ?? ""
              case "continue": page.continuation = json.text().flatMap { $0.isEmpty ? nil : $0 }
              default: json.skip()
              }
            }
          case "items":
            hasItems = true
            page.objects = json.list { read(&$0) }
          default: json.skip()
          }
        }
        let isComplete = page.objects.allSatisfy { !$0.key.name.isEmpty }
        return (page, json.isSound && hasItems && isComplete, page.objects.last?.key)
      }
    }
    guard isSound else {
      let place = last.map { " near \($0.namespace.isEmpty ? "" : $0.namespace + "/")\($0.name)" } ?? ""
      throw KubernetesError(.malformed, "The list of \(kind.plural) cannot be understood\(place).")
    }
    return page
  }

  /// A line of a watch; `nil` for a kind of event that is not known.
  func event(_ line: [UInt8]) throws(KubernetesError) -> WatchEvent<Value>? {
    let (read, isSound) = pools.withLock { pools -> (WatchEvent<Value>?, Bool) in
      line.withUnsafeBufferPointer { bytes -> (WatchEvent<Value>?, Bool) in
        var json = JSONPull(bytes, pools: pools.shared)
        var type: String?
        var object = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        json.members { json, key in
          switch key {
          case "type": type = json.text()
          case "object": object = json.raw()
          default: json.skip()
          }
        }
        guard json.isSound, let type else { return (nil, false) }
        var content = JSONPull(object, pools: pools.shared)
        let event = self.event(type, &content)
        return (event, content.isSound)
      }
    }
    guard isSound else {
      throw KubernetesError(.malformed, "An event of the watch of \(kind.plural) cannot be understood.")
    }
    return read
  }

  private func event(_ type: String, _ json: inout JSONPull) -> WatchEvent<Value>? {
    switch type {
    case "ADDED", "MODIFIED": return .changed(read(&json))
    case "DELETED": return .deleted(read(&json))
    case "BOOKMARK":
      var metadata = ObjectMetadata.none
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { $0 == "k8s.io/initial-events-end" }
        default: json.skip()
        }
      }
      return .bookmark(
        resourceVersion: metadata.resourceVersion,
        endsInitialEvents: metadata.annotations["k8s.io/initial-events-end"] == "true")
    case "ERROR":
      var status = StatusReader()
      status.read(&json)
      return .failed(status.error())
    default:
      return nil
    }
  }
}
