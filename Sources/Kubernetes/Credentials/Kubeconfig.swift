import Foundation
import Yams

/// The settings of kubectl, from one or several files. Source: Kubernetes, organizing cluster access using kubeconfig.
public struct Kubeconfig {
  /// An entry with the file that it stands in, against whose directory its paths are read.
  struct Entry {
    var body: Node
    var directory: String
  }

  /// By name; of several definitions the first one counts.
  private(set) var clusters: [String: Entry] = [:]
  private(set) var users: [String: Entry] = [:]
  private(set) var contexts: [String: Entry] = [:]
  private(set) var currentContext: String?

  /// Files as kubectl looks for them: those of `KUBECONFIG`, or `~/.kube/config`.
  public static func standardPaths(environment: [String: String]) -> [String] {
    let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
    if !listed.isEmpty { return listed }
    return environment["HOME"].map { ["\($0)/.kube/config"] } ?? []
  }

  /// Reads files; of several ones some may be missing, as with kubectl.
  /// - Throws: `KubernetesError` with code `invalid`, naming the file and what is wrong with it.
  public init(paths: [String]) throws(KubernetesError) {
    var texts: [(path: String, text: String)] = []
    for path in paths {
      guard let data = FileManager.default.contents(atPath: path) else {
        if paths.count > 1 { continue }
        throw KubernetesError(.invalid, "The kubeconfig \(path) cannot be read; name one that is there.")
      }
      guard data.count <= Self.largestFile else {
        throw KubernetesError(.invalid, "The kubeconfig \(path) is longer than \(Self.largestFile) bytes.")
      }
      texts.append((path, String(decoding: data, as: UTF8.self)))
    }
    guard !texts.isEmpty else {
      throw KubernetesError(.invalid, "No kubeconfig was found; set KUBECONFIG or name a file.")
    }
    try self.init(texts: texts)
  }

  /// In bytes.
  private static let largestFile = 4 * 1024 * 1024

  /// From texts that were read already; paths in them are relative to their files' directories.
  public init(texts: [(path: String, text: String)]) throws(KubernetesError) {
    for (path, text) in texts {
      let root: Node?
      do { root = try Yams.compose(yaml: text) } catch {
        // Yams' own words quote the line, which may hold a key.
        throw KubernetesError(.invalid, "The kubeconfig \(path) is no YAML; write it anew with kubectl or talosctl.")
      }
      guard let root, !text.allSatisfy(\.isWhitespace) else { continue }
      guard root.mapping != nil else {
        throw KubernetesError(
          .invalid, "The kubeconfig \(path) holds no settings; it should begin with apiVersion: v1.")
      }
      let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
      Self.merge(root["clusters"], "cluster", directory, into: &clusters)
      Self.merge(root["users"], "user", directory, into: &users)
      Self.merge(root["contexts"], "context", directory, into: &contexts)
      if currentContext == nil, let name = root["current-context"]?.string, !name.isEmpty { currentContext = name }
    }
  }

  private static func merge(_ list: Node?, _ member: String, _ directory: String, into entries: inout [String: Entry]) {
    for element in list?.sequence ?? [] {
      guard let name = element["name"]?.string, entries[name] == nil else { continue }
      entries[name] = Entry(body: element[member] ?? Node([(Node, Node)]()), directory: directory)
    }
  }
}

extension Kubeconfig.Entry {
  /// A text that is there and not empty.
  func text(_ key: String) -> String? {
    guard let text = body[key]?.string, !text.isEmpty else { return nil }
    return text
  }

  func flag(_ key: String) -> Bool { body[key]?.bool ?? false }

  /// A path of the file, made absolute.
  func path(_ key: String) -> String? { text(key).map(absolute) }

  func absolute(_ path: String) -> String {
    path.hasPrefix("/") || directory.isEmpty ? path : "\(directory)/\(path)"
  }
}
