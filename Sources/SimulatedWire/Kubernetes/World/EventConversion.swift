/// Events are one kind of object with two faces: the core group's, in which they are stored, and events.k8s.io's.
enum EventConversion {
  private static let names = [
    ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
  ]

  static func toNewGroup(_ event: ManifestValue) -> ManifestValue {
    rename(event, names.map { ($0.0, $0.1) }, apiVersion: "events.k8s.io/v1")
  }

  static func toCore(_ event: ManifestValue) -> ManifestValue {
    var event = rename(event, names.map { ($0.1, $0.0) }, apiVersion: "v1")
    if event["source"] == nil, let component = event["reportingComponent"] {
      event["source"] = ["component": component]
    }
    return event
  }

  private static func rename(
    _ event: ManifestValue, _ names: [(String, String)], apiVersion: String
  ) -> ManifestValue {
    let entries = (event.fields?.entries ?? []).map { entry in
      (key: names.first { $0.0 == entry.key }?.1 ?? entry.key, value: entry.value)
    }
    var result = ManifestValue.object(.init(distinct: entries))
    result["apiVersion"] = .text(apiVersion)
    return result
  }

  /// What an event, in the core group's form, can be selected by.
  static func fields(of event: ManifestValue) -> [String: String] {
    var fields: [String: String] = [:]
    for key in ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] {
      fields["involvedObject.\(key)"] = event[["involvedObject", key]]?.string ?? ""
    }
    fields["reason"] = event["reason"]?.string ?? ""
    fields["type"] = event["type"]?.string ?? ""
    fields["reportingComponent"] = event["reportingComponent"]?.string ?? ""
    fields["source"] = event[["source", "component"]]?.string ?? ""
    return fields
  }
}
