internal import Foundation
internal import Yams

/// An address and port at which a machine's API is asked.
public struct TalosEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// The port of the machine API.
  public static let defaultPort = 50_000

  /// An IP address or a name.
  public var host: String
  /// 1 ... 65535.
  public var port: Int

  /// An endpoint.
  public init(host: String, port: Int = defaultPort) {
    self.host = host
    self.port = port
  }

  /// `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address; `nil` for anything else.
  public init?(_ text: String, defaultPort: Int = defaultPort) {
    var host = text[...]
    var port = defaultPort
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      if !rest.isEmpty {
        guard rest.first == ":", let number = Int(rest.dropFirst()) else { return nil }
        port = number
      }
    } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
      guard let number = Int(text[text.index(after: colon)...]) else { return nil }
      host = text[..<colon]
      port = number
    }
    guard !host.isEmpty, (1...65_535).contains(port), !host.contains(where: { $0.isWhitespace || $0 == "/" })
    else { return nil }
    self.init(host: String(host), port: port)
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// A talosconfig's context: one cluster and our way into it.
public struct TalosContext: Sendable {
  /// Its name in the file.
  public var name: String
  /// Control-plane nodes that forward calls; asked in turn.
  public var endpoints: [TalosEndpoint]
  /// The nodes that `talosctl` asks by default; not used here.
  public var nodes: [String]
  /// Whom we trust and who we are.
  public var credentials: TalosCredentials

  /// A context that does not come from a file.
  public init(name: String, endpoints: [TalosEndpoint], nodes: [String] = [], credentials: TalosCredentials) {
    self.name = name
    self.endpoints = endpoints
    self.nodes = nodes
    self.credentials = credentials
  }

  /// Reads a context of a talosconfig.
  /// - Parameters:
  ///   - talosconfig: the file's text.
  ///   - name: `nil`: the context that the file names as the current one.
  /// - Throws: `TalosError`.
  public init(talosconfig: String, context name: String? = nil) throws {
    guard talosconfig.utf8.count <= TalosLimits.configurationBytes else {
      throw TalosError(.configuration, "The talosconfig is longer than \(TalosLimits.configurationBytes) bytes.")
    }
    guard let root = try? Yams.compose(yaml: talosconfig), root.mapping != nil else {
      throw TalosError(.configuration, "The talosconfig is not a YAML mapping; make it anew with talosctl.")
    }
    guard let chosen = name ?? root["context"]?.string, !chosen.isEmpty else {
      throw TalosError(.configuration, "The talosconfig names no current context; name one.")
    }
    guard let context = root["contexts"]?[chosen], context.mapping != nil else {
      let known = (root["contexts"]?.mapping?.keys.compactMap(\.string) ?? []).sorted().joined(separator: ", ")
      throw TalosError(.configuration, "The talosconfig has no context \(chosen); it has: \(known).")
    }
    if let proxy = context["proxy-url"]?.string, !proxy.isEmpty {
      throw TalosError(.configuration, "The context \(chosen) asks for a proxy (proxy-url), which cannot be used here.")
    }
    self.name = chosen
    nodes = context["nodes"]?.sequence?.compactMap(\.string) ?? []
    endpoints = try (context["endpoints"]?.sequence?.compactMap(\.string) ?? []).map { text in
      guard let endpoint = TalosEndpoint(text) else {
        throw TalosError(.configuration, "The endpoint \(text) is not an address with an optional port.")
      }
      return endpoint
    }
    credentials = try TalosCredentials(
      authority: Self.pem(context, "ca", chosen), certificate: Self.pem(context, "crt", chosen),
      key: Self.pem(context, "key", chosen))
  }

  private static func pem(_ context: Node, _ field: String, _ name: String) throws -> String {
    guard let encoded = context[field]?.string, let data = Data(base64Encoded: encoded), !data.isEmpty,
      let text = String(data: data, encoding: .utf8)
    else {
      throw TalosError(
        .configuration,
        "\(field) of the context \(name) is not base64 of PEM text; only contexts with certificates can be used.")
    }
    return text
  }

  /// Where a talosconfig is looked for, the first that exists.
  /// - Parameters:
  ///   - explicit: what the operator named; then nothing else is tried.
  ///   - home: the user's folder.
  public static func searchPath(explicit: String?, environment: [String: String], home: String) -> [String] {
    if let explicit { return [explicit] }
    if let named = environment["TALOSCONFIG"], !named.isEmpty { return [named] }
    return ["\(home)/.talos/config", "/var/run/secrets/talos.dev/config"]
  }
}
