internal import Model
internal import Simulator

extension ProxmoxEndpoint {
  static let power: [ProxmoxEndpoint] = [
    order(
      "start", "start",
      [
        "force-cpu", "machine", "migratedfrom", "migration_network", "nets-host-mtu",
        "targetstorage",
      ].map { ProxmoxParameter($0, .text()) } + [
        timeout, skipsLock, ProxmoxParameter("with-conntrack-state", .boolean),
        ProxmoxParameter("stateuri", .text(maximumLength: 128)),
        ProxmoxParameter("migration_type", .choice(["secure", "insecure"])),
      ]
    ) { _ in .start },
    order(
      "stop", "stop",
      [
        timeout, skipsLock, ProxmoxParameter("keepActive", .boolean), ProxmoxParameter("migratedfrom", .text()),
        ProxmoxParameter("overrule-shutdown", .boolean),
      ]
    ) { _ in .stop },
    order(
      "shutdown", "shutdown",
      [timeout, skipsLock, ProxmoxParameter("keepActive", .boolean), ProxmoxParameter("forceStop", .boolean)]
    ) { call in .shutdown(timeout: .seconds(call.number("timeout") ?? 60), forced: call.flag("forceStop")) },
    order("reboot", "reboot", [timeout]) { _ in .reboot },
    order("reset", "reset", [skipsLock]) { _ in .reset },
  ]

  private static let timeout = ProxmoxParameter("timeout", .integer(minimum: 0))
  private static let skipsLock = ProxmoxParameter("skiplock", .boolean)

  private static func order(
    _ word: String, _ operation: String, _ parameters: [ProxmoxParameter],
    _ order: @escaping @Sendable (ProxmoxCall) -> PowerOrder
  ) -> ProxmoxEndpoint {
    .change(
      "POST", "/nodes/{node}/qemu/{vmid}/status/\(word)", operation, [.node, .machine] + parameters,
      Requirement("/vms/{vmid}", "VM.PowerMgmt")
    ) { call in
      for name in ["migratedfrom", "keepActive", "stateuri"] where call[name] != nil && call.caller.name != "root@pam" {
        throw ProxmoxFailure(parameters: [name: "Only root may use this option."])
      }
      return .text(
        try call.change(operation) { world in
          _ = try call.machine(in: world)
          return try world.acceptPower(order(call), of: call.machineID, user: call.caller.name)
        })
    }
  }
}
