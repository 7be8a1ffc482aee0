internal import Foundation
internal import Model
public import Simulator

/// The simulated world as Proxmox VE serves it: HTTPS, `/api2/json`, with its texts, lags and locks.
///
/// Faults are asked for by `WireFaults` under `proxmox.clone`, `proxmox.config`, `proxmox.resize`, `proxmox.start`,
/// `proxmox.stop`, `proxmox.delete` and so on, and `proxmox.read` for what changes nothing. Parameters and permissions
/// follow the schema of Proxmox VE 9.1; answers are never compressed.
public struct ProxmoxFace: WireFace {
  private let infrastructure: SimulatedInfrastructure
  private let faults: WireFaults
  private let access: ProxmoxAccess
  private let certificate: MintedCertificate
  /// The address that is listened at.
  public let host: String
  private let port: Int
  /// How long a failed authentication is held back, in real time; the real thing takes 3 s.
  public var authenticationDelay: Duration = .zero

  /// - Parameters:
  ///   - certificate: what the server shows.
  ///   - secret: signs tickets; the same one lets them live through a restart.
  ///   - port: 0: the system chooses.
  public init(
    infrastructure: SimulatedInfrastructure, faults: WireFaults, tokens: [ProxmoxToken], users: [ProxmoxUser] = [],
    secret: String, certificate: MintedCertificate, host: String = "127.0.0.1", port: Int = 0
  ) {
    self.infrastructure = infrastructure
    self.faults = faults
    access = ProxmoxAccess(tokens: tokens, users: users, secret: secret)
    self.certificate = certificate
    self.host = host
    self.port = port
  }

  /// Serves until the task is cancelled.
  public func run(onRunning: @escaping @Sendable (Int) async -> Void) async throws {
    let server = WireHTTPServer(host: host, port: port, certificate: certificate) { await answer($0) }
    try await server.run(onRunning: onRunning)
  }

  /// The answer to a request; `nil`: the connection ends without one.
  func answer(_ request: WireRequest) async -> WireAnswer? {
    do {
      let parsed = try ProxmoxRequest(request)
      let now = infrastructure.look(\.now)
      let endpoint = ProxmoxEndpoint.find(request.method, parsed.path)
      if let endpoint, endpoint.endpoint.isOpen {
        return try await perform(endpoint.endpoint, endpoint.arguments, parsed, nil)
      }
      let caller = try access.caller(of: request, now: now)
      guard let endpoint else {
        throw ProxmoxFailure(501, "Method '\(request.method) /\(parsed.path.joined(separator: "/"))' not implemented")
      }
      return try await perform(endpoint.endpoint, endpoint.arguments, parsed, caller)
    } catch let failure as ProxmoxFailure {
      if failure.status == 401, authenticationDelay > .zero { try? await Task.sleep(for: authenticationDelay) }
      return Self.refusal(failure)
    } catch { return Self.refusal(ProxmoxFailure(500, "\(error)")) }
  }

  /// Carries out a request, with what its fault does to it.
  private func perform(
    _ endpoint: ProxmoxEndpoint, _ arguments: [String: String], _ request: ProxmoxRequest, _ caller: ProxmoxCaller?
  ) async throws -> WireAnswer? {
    let effect = faults.meet("proxmox.\(endpoint.operation)")
    switch effect {
    case .lostRequest: return nil
    case .refused(let status, let text): throw ProxmoxFailure(status, text)
    case .killBefore(let process):
      WireFaults.kill(process)
      return nil
    default: break
    }
    var answer = carryOut(endpoint, arguments, request, caller)
    switch effect {
    case .lostAnswer: return Self.refusal(ProxmoxFailure(596, "Connection timed out"))
    case .late(let milliseconds): try? await Task.sleep(for: .milliseconds(milliseconds))
    case .killAfter(let process):
      WireFaults.kill(process)
      return nil
    case .killAnswered(let process): answer.afterwards = { WireFaults.kill(process) }
    default: break
    }
    return answer
  }

  private func carryOut(
    _ endpoint: ProxmoxEndpoint, _ arguments: [String: String], _ request: ProxmoxRequest, _ caller: ProxmoxCaller?
  ) -> WireAnswer {
    do {
      var call = ProxmoxCall(
        infrastructure: infrastructure, access: access,
        caller: caller ?? ProxmoxCaller(name: "", privileges: [:], isToken: false), values: [:])
      for (key, value) in request.parameters { call.values[key] = value.text }
      for (key, value) in arguments { call.values[key] = value }
      try call.checkPermissions(endpoint)
      try call.checkNode()
      try call.checkParameters(endpoint, request.parameters, arguments)
      let result = try endpoint.answer(call)
      var members = [WireMember("data", result.data)]
      if let total = result.total { members.append(WireMember("total", .count(total))) }
      return WireAnswer(
        status: 200, reason: "OK", headers: Self.headers("application/json;charset=UTF-8"),
        body: WireJSON.object(members).bytes)
    } catch let failure as ProxmoxFailure { return Self.refusal(failure) } catch let refusal as HypervisorRefusal {
      return Self.refusal(ProxmoxFailure(500, refusal.text))
    } catch let error as ProxmoxLostAnswer { return Self.refusal(ProxmoxFailure(596, error.text)) } catch {
      return Self.refusal(ProxmoxFailure(500, "\(error)"))
    }
  }

  private static func headers(_ type: String) -> [(String, String)] {
    [("content-type", type), ("server", "pve-api-daemon/3.0"), ("cache-control", "max-age=0"), ("pragma", "no-cache")]
  }

  /// Every refusal closes the connection; its text stands on the first line.
  private static func refusal(_ failure: ProxmoxFailure) -> WireAnswer {
    let line = failure.text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "Internal Server Error"
    if failure.status == 401 {
      return WireAnswer(
        status: 401, reason: line, headers: headers("text/plain"), body: [], closesConnection: true)
    }
    var members = [WireMember("data", .null)]
    if !failure.errors.isEmpty {
      let errors = failure.errors.sorted { $0.key < $1.key }.map { WireMember($0.key, .text($0.value)) }
      members.append(WireMember("errors", .object(errors)))
    }
    members.append(WireMember("message", .text(failure.text + "\n")))
    return WireAnswer(
      status: failure.status, reason: line, headers: headers("application/json;charset=UTF-8"),
      body: WireJSON.object(members).bytes, closesConnection: true)
  }
}

/// The world itself lost the answer of a call that was carried out.
struct ProxmoxLostAnswer: Error {
  var text: String
}
