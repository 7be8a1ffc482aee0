import Foundation
import Synchronization

@testable import Proxmox

/// A Proxmox cluster as far as the client needs one, over real HTTP, with the texts of the real one. What it does at
/// which call a test decides by faults; every request is held against the API's schema.
final class PretendProxmox: Sendable {
  let state: Mutex<State>
  private let server = Mutex<LoopbackServer?>(nil)
  /// Who answers, for as long as it does.
  private let box = Box()
  let url: String

  init(_ initial: State) throws {
    state = Mutex(initial)
    let server = try LoopbackServer { [box] request in box.owner.withLock { $0 }?.react(to: request) ?? .hangUp }
    url = server.url
    self.server.withLock { $0 = server }
    box.owner.withLock { $0 = self }
  }

  private final class Box: Sendable {
    let owner = Mutex<PretendProxmox?>(nil)
  }

  func stop() {
    server.withLock { $0 }?.stop()
    box.owner.withLock { $0 = nil }
  }

  subscript(_ id: Int) -> Machine? { state.withLock { $0.machines[id] } }
  var log: [String] { state.withLock(\.log) }
  func count(_ entry: String) -> Int { log.filter { $0 == entry }.count }
  func form(_ entry: String) -> [String: String] { state.withLock { $0.forms[entry] } ?? [:] }

  // MARK: Answers

  enum Answer {
    /// JSON of `data`.
    case data(String)
    case failure(Int, String, errors: String = "")

    static func text(_ text: String) -> Answer { .data(PretendProxmox.quoted(text)) }
  }

  static func quoted(_ text: String) -> String {
    String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
  }

  private func react(to request: LoopbackServer.Request) -> LoopbackServer.Reaction {
    let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
    let prefix = "/api2/json/"
    guard parts[0].hasPrefix(prefix) else { return .answer(status: 501, reason: "no such file", body: "") }
    let path = parts[0].dropFirst(prefix.count).split(separator: "/").map { Self.decoded(String($0)) }
    let query = parts.count > 1 ? Self.parameters(parts[1]) : []
    let form = Self.parameters(String(decoding: request.body, as: UTF8.self))
    return state.withLock { state in
      let entry = "\(request.method) /\(path.joined(separator: "/"))"
      state.log.append(entry)
      state.connections.append(request.connection)
      let all = query + form
      let given = Dictionary(all.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
      state.forms[entry] = given
      if let validator = SchemaValidator.shared {
        state.violations += validator.violations(method: request.method, path: path, parameters: all)
      }
      state.violations += Self.transportViolations(request, entry)
      return answer(request.method, path, given, &state)
    }
  }

  /// What Proxmox' HTTP server refuses.
  private static func transportViolations(_ request: LoopbackServer.Request, _ entry: String) -> [String] {
    var found: [String] = []
    let changes = ["POST", "PUT"].contains(request.method)
    if request.headers["transfer-encoding"] != nil { found.append("\(entry): chunked") }
    if changes != (request.headers["content-length"] != nil) { found.append("\(entry): content length") }
    if changes, request.headers["content-type"] != "application/x-www-form-urlencoded" {
      found.append("\(entry): content type")
    }
    return found
  }

  private func answer(
    _ method: String, _ path: [String], _ given: [String: String], _ state: inout State
  ) -> LoopbackServer.Reaction {
    var effect: Effect?
    let whole = "/" + path.joined(separator: "/")
    if let index = state.faults.firstIndex(where: { $0.method == method && whole.hasSuffix($0.pathEnd) }) {
      effect = state.faults[index].effect
      state.faults[index].times -= 1
      if state.faults[index].times == 0 { state.faults.remove(at: index) }
    }
    switch effect {
    case .refuse(let status, let reason, let body): return .answer(status: status, reason: reason, body: body)
    case .hangUp: return .hangUp
    case .taskFails(let text):
      let type = Self.taskType(method, path)
      let upid = state.startTask(type, node: path[1], id: path[3], exitStatus: text)
      return .answer(status: 200, reason: "OK", body: "{\"data\":\(Self.quoted(upid))}")
    case .first(let change): change(&state)
    case .doneBut, .loseAnswer, .taskEnds, nil: break
    }
    let answer = route(method, path, given, &state)
    switch effect {
    case .doneBut(let status, let reason): return .answer(status: status, reason: reason, body: "{\"data\":null}")
    case .loseAnswer: return .hangUp
    case .taskEnds(let text):
      if case .data(let json) = answer, let upid = JSONValue(Array(json.utf8))?.text {
        state.tasks[upid]?.exitStatus = text
      }
    default: break
    }
    switch answer {
    case .data(let json): return .answer(status: 200, reason: "OK", body: "{\"data\":\(json)}")
    case .failure(let status, let reason, let errors):
      let body = errors.isEmpty ? "{\"data\":null}" : "{\"data\":null,\"errors\":\(errors)}"
      return .answer(status: status, reason: reason, body: body)
    }
  }

  private static func taskType(_ method: String, _ path: [String]) -> String {
    switch (method, path.last ?? "") {
    case ("POST", "clone"): "qmclone"
    case ("POST", "config"): "qmconfig"
    case ("PUT", "resize"): "resize"
    case ("POST", "start"): "qmstart"
    case ("POST", "stop"): "qmstop"
    default: "qmdestroy"
    }
  }

  private static func decoded(_ text: String) -> String {
    text.replacing("+", with: " ").removingPercentEncoding ?? text
  }

  private static func parameters(_ text: String) -> [(name: String, value: String)] {
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
    }
  }
}
