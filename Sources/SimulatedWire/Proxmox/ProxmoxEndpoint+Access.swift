internal import Simulator

extension ProxmoxEndpoint {
  static let accesses: [ProxmoxEndpoint] = [
    open(
      .get("/access/domains") { _ in
        .list([
          .members(["realm": .text("pam"), "type": .text("pam"), "comment": .text("Linux PAM standard authentication")]
          ),
          .members(["realm": .text("pve"), "type": .text("pve"), "comment": .text("Proxmox VE authentication server")]),
        ])
      }),
    open(.get("/access/ticket") { _ in .null }),
    open(
      .change(
        "POST", "/access/ticket", "ticket",
        [
          ProxmoxParameter("username", .text(maximumLength: 64), required: true),
          ProxmoxParameter("password", .text(), required: true), ProxmoxParameter("realm", .text(maximumLength: 32)),
          ProxmoxParameter("otp", .text()), ProxmoxParameter("path", .text(maximumLength: 64)),
          ProxmoxParameter("privs", .list), ProxmoxParameter("tfa-challenge", .text()),
          ProxmoxParameter("new-format", .boolean),
        ]
      ) { call in
        let name = call["username"] ?? ""
        let user = name.contains("@") ? name : "\(name)@\(call["realm"] ?? "pam")"
        let (now, cluster) = call.look { ($0.now, $0.clusterName) }
        let (ticket, csrf) = try call.access.ticket(user: user, password: call["password"] ?? "", now: now)
        return .members([
          "username": .text(user), "ticket": .text(ticket), "CSRFPreventionToken": .text(csrf),
          "clustername": .text(cluster), "cap": .members([:]),
        ])
      }),
    .get("/access/permissions", [ProxmoxParameter("path", .text()), ProxmoxParameter("userid", .text())]) { call in
      if let other = call["userid"], other != call.caller.name { try call.require(["Sys.Audit"], on: "/access") }
      let all = call.caller.privileges ?? ["/": ProxmoxToken.provisioner + ["Sys.Modify", "Permissions.Modify"]]
      let paths = call["path"].map { [$0] } ?? all.keys.sorted()
      return .object(
        paths.map { path in
          let caller = call.caller
          let held = Set(all.values.flatMap { $0 }).filter { caller.has([$0], on: path) }.sorted()
          return WireMember(path, .object(held.map { WireMember($0, .count(1)) }))
        })
    },
  ]

  private static func open(_ endpoint: ProxmoxEndpoint) -> ProxmoxEndpoint {
    var endpoint = endpoint
    endpoint.isOpen = true
    return endpoint
  }
}
