import Foundation
import Testing

@testable import SimulatedWire

/// The face's own tables against the published schema, which is not part of the repository.
@Suite struct ProxmoxSchemaTests {
  private static var schema: [String: [String: Any]]? {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    guard let data = try? Data(contentsOf: root.appending(path: "../shared/data/pve-api.json")),
      let list = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]]
    else { return nil }
    return list.reduce(into: [:]) { result, entry in
      if let path = entry["path"] as? String { result[path] = entry["methods"] as? [String: Any] }
    }
  }

  /// Served although the extract of the schema does not hold them.
  private static let beyond: Set<String> = [
    "/access/domains", "/nodes/{node}/qemu/{vmid}/agent/get-host-name", "/nodes/{node}/qemu/{vmid}/agent/get-osinfo",
  ]

  @Test(.enabled(if: schema != nil, "there is no ../shared/data/pve-api.json"))
  func everyEndpointTakesWhatTheSchemaSaysAndNothingElse() throws {
    let schema = try #require(Self.schema)
    for endpoint in ProxmoxEndpoint.all where !Self.beyond.contains(endpoint.path) {
      let place = "\(endpoint.method) \(endpoint.path)"
      let method = try #require(schema[endpoint.path]?[endpoint.method] as? [String: Any], "\(place) is unknown")
      let properties = (method["parameters"] as? [String: Any])?["properties"] as? [String: [String: Any]] ?? [:]
      for parameter in endpoint.parameters {
        let known = try #require(properties[parameter.name], "\(place) has no \(parameter.name)")
        let isRequired = (known["optional"] as? Int ?? 0) == 0
        #expect(parameter.isRequired == isRequired, "\(place) \(parameter.name)")
        #expect(Self.agrees(parameter.kind, known), "\(place) \(parameter.name)")
      }
      for (name, property) in properties where (property["optional"] as? Int ?? 0) == 0 {
        #expect(endpoint.parameters.contains { $0.name == name }, "\(place) needs \(name)")
      }
    }
  }

  @Test(.enabled(if: schema != nil, "there is no ../shared/data/pve-api.json"))
  func changesTakeEveryParameterOfTheSchema() throws {
    let schema = try #require(Self.schema)
    for endpoint in ProxmoxEndpoint.all where endpoint.method != "GET" && !Self.beyond.contains(endpoint.path) {
      let method = schema[endpoint.path]?[endpoint.method] as? [String: Any]
      let properties = (method?["parameters"] as? [String: Any])?["properties"] as? [String: Any] ?? [:]
      let missing = Set(properties.keys).subtracting(endpoint.parameters.map(\.name))
      #expect(missing.isEmpty, "\(endpoint.method) \(endpoint.path) does not take \(missing.sorted())")
    }
  }

  /// Whether what the face accepts is no more than what the schema's type accepts.
  private static func agrees(_ kind: ProxmoxParameter.Kind, _ schema: [String: Any]) -> Bool {
    let type = schema["type"] as? String ?? "string"
    switch kind {
    case .boolean: return type == "boolean"
    case .integer(let minimum, let maximum):
      func bound(_ key: String) -> Int64? {
        (schema[key] as? String).flatMap { Int64($0) } ?? (schema[key] as? Int).map { Int64($0) }
      }
      return type == "integer" && minimum == bound("minimum") && maximum == bound("maximum")
    case .text(let maximum):
      let known = (schema["maxLength"] as? Int) ?? (schema["maxLength"] as? String).flatMap { Int($0) }
      return ["string", "number"].contains(type) && schema["enum"] == nil && (known == nil || known == maximum)
    case .choice(let words): return (schema["enum"] as? [String]).map { Set($0) == Set(words) } ?? false
    case .list, .tags, .memory, .dnsName, .node, .poolID, .storageID, .diskSize, .task:
      return ["string", "array"].contains(type)
    }
  }
}
