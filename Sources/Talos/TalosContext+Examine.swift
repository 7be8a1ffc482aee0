public import Model
public import Ports
internal import TalosMessages

extension TalosContext {
  /// How long before its end a certificate is warned of.
  private static let warnsBefore = Duration.seconds(30 * 86_400)

  /// Looks whether the control plane answers and the certificate suffices, and changes nothing.
  /// - Returns: what was found.
  public func examine(at now: Instant) async -> [ConnectionFinding] {
    var findings = [examineRole(), examineExpiry(now)]
    guard !endpoints.isEmpty else {
      findings.append(
        ConnectionFinding(
          .unknown, "The talosconfig names no endpoints, so that nobody can be asked before there is a worker.",
          remedy: "Name the control plane: talosctl config endpoint ADDRESS…"))
      return findings
    }
    let client = TalosClient(credentials: credentials)
    for endpoint in endpoints {
      do {
        let version = try await client.version(at: TalosTarget(endpoint))
        findings.append(ConnectionFinding(.fine, "Talos \(version.version?.tag ?? "") answers at \(endpoint)."))
      } catch {
        let sentence = (error as? PortError)?.message ?? "\(error)"
        findings.append(
          ConnectionFinding(
            .missing, "The control plane does not answer at \(endpoint): \(sentence)",
            remedy: "Check the network path to port \(endpoint.port) and that the talosconfig is this cluster's."))
      }
    }
    await client.close()
    return findings
  }

  private func examineRole() -> ConnectionFinding {
    let enough = TalosMethod.applyConfiguration.role
    guard let role = credentials.role, role >= enough else {
      return ConnectionFinding(
        .missing,
        "The client certificate's role is \(credentials.role?.rawValue ?? "not known"); giving machines their "
          + "configuration needs \(enough.rawValue).",
        remedy: "Make another talosconfig: talosctl config new --roles \(enough.rawValue) FILE.")
    }
    return ConnectionFinding(.fine, "The client certificate's role is \(role.rawValue).")
  }

  private func examineExpiry(_ now: Instant) -> ConnectionFinding {
    let end = Instant(seconds: Int64(credentials.expiresAt))
    let remedy = "Make a new one: talosctl config new --roles os:admin FILE."
    if end <= now { return ConnectionFinding(.missing, "The client certificate ended at \(end).", remedy: remedy) }
    if end - now < Self.warnsBefore {
      return ConnectionFinding(.unknown, "The client certificate ends soon, at \(end).", remedy: remedy)
    }
    return ConnectionFinding(.fine, "The client certificate ends at \(end).")
  }
}
