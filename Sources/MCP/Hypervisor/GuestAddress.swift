/// The address by which a machine is reached, among those that its guest agent tells.
enum GuestAddress {
  /// Interfaces of loopback, container networks and Talos' own mesh.
  private static let internalPrefixes = [
    "lo", "cni", "flannel", "cali", "cilium", "lxc", "veth", "kubespan", "kube-", "tunl", "vxlan", "docker", "dummy",
    "nodelocaldns", "wg", "br-",
  ]

  /// Of the card with this hardware address if it has one, IPv4 first.
  static func of(_ interfaces: [JSONValue], macAddress: String?) -> String? {
    let outside = interfaces.filter { interface in
      let name = interface["name"]?.string ?? ""
      return !internalPrefixes.contains { name.hasPrefix($0) }
    }
    func isFirst(_ interface: JSONValue) -> Bool {
      macAddress != nil && interface["hardware-address"]?.string?.lowercased() == macAddress
    }
    let candidates = (outside.filter(isFirst) + outside.filter { !isFirst($0) }).flatMap(usable)
    return candidates.first { $0.isIPv4 }?.text ?? candidates.first?.text
  }

  private static func usable(_ interface: JSONValue) -> [(text: String, isIPv4: Bool)] {
    (interface["ip-addresses"]?.elements ?? []).compactMap { entry in
      guard let text = entry["ip-address"]?.string?.lowercased() else { return nil }
      let isIPv4 = entry["ip-address-type"]?.string == "ipv4"
      let isLocal =
        isIPv4 ? text.hasPrefix("127.") || text.hasPrefix("169.254.") : text == "::1" || text.hasPrefix("fe80:")
      return isLocal ? nil : (text, isIPv4)
    }
  }
}
