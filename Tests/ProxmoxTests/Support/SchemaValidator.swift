import Foundation

@testable import Proxmox

/// Holds requests against the schema of Proxmox' API: path, method, and each parameter's name, type, bounds, words,
/// pattern and format.
struct SchemaValidator: Sendable {
  private let endpoints: [(parts: [String], methods: [String: JSONValue])]

  /// From the data beside the repository; `nil` when it is absent.
  static let shared: SchemaValidator? = {
    var directory = URL(filePath: #filePath)
    for _ in 0..<4 { directory.deleteLastPathComponent() }
    let file = directory.deletingLastPathComponent().appending(path: "shared/data/pve-api.json")
    guard let data = try? Data(contentsOf: file), let schema = JSONValue([UInt8](data)) else { return nil }
    return SchemaValidator(schema)
  }()

  init(_ schema: JSONValue) {
    endpoints = (schema.list ?? []).compactMap { endpoint in
      guard let path = endpoint["path"]?.text, let methods = endpoint["methods"]?.object else { return nil }
      return (path.split(separator: "/").map(String.init), methods)
    }
  }

  /// What is wrong with a request, one sentence each.
  /// - Parameters:
  ///   - path: below `/api2/json`, decoded after it was split.
  ///   - parameters: of query and body together, in their order; a name may come several times.
  func violations(method: String, path: [String], parameters: [(name: String, value: String)]) -> [String] {
    let place = "\(method) /\(path.joined(separator: "/"))"
    // Literal parts win over variables.
    let matching = endpoints.compactMap { endpoint -> (variables: [String: String], methods: [String: JSONValue])? in
      guard endpoint.parts.count == path.count else { return nil }
      var variables: [String: String] = [:]
      for (part, given) in zip(endpoint.parts, path) {
        if part.hasPrefix("{") {
          variables[String(part.dropFirst().dropLast())] = given
        } else if part != given {
          return nil
        }
      }
      return (variables, endpoint.methods)
    }
    guard let best = matching.min(by: { $0.variables.count < $1.variables.count }) else {
      return ["\(place): no such path"]
    }
    guard let call = best.methods[method] else { return ["\(place): no such method"] }
    let all = best.variables.map { ($0.key, $0.value) } + parameters
    return violations(of: all, by: call["parameters"] ?? .null).map { "\(place): \($0)" }
  }

  private func violations(of parameters: [(String, String)], by schema: JSONValue) -> [String] {
    let properties = schema["properties"]?.object ?? [:]
    var found: [String] = []
    let names = Set(parameters.map(\.0))
    for (name, value) in parameters {
      guard let property = Self.property(name, in: properties) else {
        found.append("\(name) is not defined")
        continue
      }
      found += Self.violations(of: value, name, by: property)
      if let needed = property["requires"]?.text, !names.contains(needed) { found.append("\(name) requires \(needed)") }
    }
    for (name, property) in properties.sorted(by: { $0.key < $1.key })
    where property["optional"]?.integer != 1 && !names.contains(name) {
      found.append("\(name) is missing")
    }
    return found
  }

  /// `net0` is described as `net[n]`.
  private static func property(_ name: String, in properties: [String: JSONValue]) -> JSONValue? {
    if let exact = properties[name] { return exact }
    let stem = String(name.reversed().drop(while: \.isNumber).reversed())
    return stem == name ? nil : properties["\(stem)[n]"]
  }

  // MARK: Values

  private static func violations(of value: String, _ name: String, by property: JSONValue) -> [String] {
    var found: [String] = []
    switch property["type"]?.text {
    case "boolean":
      if value != "0" && value != "1" { found.append("\(name): type check ('boolean') failed - got '\(value)'") }
    case "integer": if value.wholeMatch(of: /[+-]?\d+/) == nil { found.append("\(name): '\(value)' is no integer") }
    case "number": if Double(value) == nil { found.append("\(name): '\(value)' is no number") }
    default: break
    }
    if let number = Double(value) {
      if let least = property["minimum"]?.text.flatMap(Double.init), number < least {
        found.append("\(name): below \(least)")
      }
      if let most = property["maximum"]?.text.flatMap(Double.init), number > most {
        found.append("\(name): above \(most)")
      }
    }
    if let most = property["maxLength"]?.integer, value.count > most { found.append("\(name): longer than \(most)") }
    if let words = property["enum"]?.list?.compactMap(\.text), !words.contains(value) {
      found.append("\(name): '\(value)' is not one of \(words.joined(separator: ", "))")
    }
    if let pattern = property["pattern"]?.text, !matches(value, pattern) {
      found.append("\(name): '\(value)' does not match \(pattern)")
    }
    switch property["format"] {
    case .text(let format)?: if !hasFormat(value, format) { found.append("\(name): '\(value)' is no \(format)") }
    case .object(let format)?: found += violations(ofPropertyString: value, by: format).map { "\(name).\($0)" }
    default: break
    }
    return found
  }

  private static func violations(ofPropertyString text: String, by format: [String: JSONValue]) -> [String] {
    var found: [String] = []
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      let standard = format.first { $0.value["default_key"]?.integer == 1 }?.key ?? ""
      var (name, value) = pair.count == 2 ? (pair[0], pair[1]) : (standard, pair[0])
      guard var property = format[name] else {
        found.append("\(name) is not defined")
        continue
      }
      if let alias = property["alias"]?.text, let target = format[alias] { (name, property) = (alias, target) }
      // In property strings the words for flags are understood.
      if property["type"]?.text == "boolean" { value = ["on", "yes", "true"].contains(value) ? "1" : value }
      found += violations(of: value, name, by: property)
    }
    return found
  }

  private static func matches(_ text: String, _ pattern: String) -> Bool {
    let pattern = "^(?:\(pattern.replacing("(?^:", with: "(?:")))$"
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
    return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
  }

  /// The formats that this program's parameters have; others are taken as they are.
  private static func hasFormat(_ text: String, _ format: String) -> Bool {
    switch format {
    case "pve-vmid": return matches(text, "[1-9][0-9]{2,8}")
    case "pve-node": return matches(text, "(?i:[a-z0-9](?i:[a-z0-9-]*[a-z0-9])?)")
    case "dns-name":
      return matches(
        text, #"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"#)
    case "pve-tag-list":
      return text.split { ";, ".contains($0) }.allSatisfy { matches(String($0), "(?i:[a-z0-9_][a-z0-9_.+-]*)") }
    case "pve-storage-id": return matches(text, #"(?i:[a-z][a-z0-9\-_.]*[a-z0-9])"#)
    case "pve-poolid": return matches(text, #"[A-Za-z0-9\-_]+(?:/[A-Za-z0-9\-_]+){0,2}"#)
    case "pve-configid": return matches(text, "(?i:[a-z][a-z0-9_-]+)")
    case "pve-configid-list":
      return text.split { ";, ".contains($0) }.allSatisfy { matches(String($0), "(?i:[a-z][a-z0-9_-]+)") }
    case "pve-vm-cpu-conf": return matches(text, #"(?:cputype=)?[a-zA-Z0-9-_.]+(?:,[a-z-]+=.+)*"#)
    case "pve-qm-hostpci":
      return matches(text, #"(?:mapping|host)=[^,]+(?:,(?:pcie|x-vga|rombar|legacy-igd)=[01]|,mdev=[^,]+)*"#)
    case "pve-qm-ipconfig":
      return matches(
        text, #"(?:(?:ip|gw|ip6|gw6)=[0-9a-f.:/]+|ip6?=(?:dhcp|auto))(?:,(?:ip|gw|ip6|gw6)=[0-9a-f.:/]+)*"#)
    default: return true
    }
  }
}
