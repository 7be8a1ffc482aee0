/// A network interface as the guest's agent tells it.
struct GuestInterface: Sendable, Hashable {
  var name: String
  /// In lower case.
  var macAddress: String?
  /// Without the network's length, in the agent's order.
  var addresses: [(text: String, isIPv4: Bool)]

  init?(_ row: JSONValue) {
    guard let name = row["name"]?.text else { return nil }
    self.name = name
    macAddress = row["hardware-address"]?.text?.lowercased()
    addresses = (row["ip-addresses"]?.list ?? []).compactMap { entry in
      entry["ip-address"]?.text.map { ($0, entry["ip-address-type"]?.text == "ipv4") }
    }
  }

  /// Interfaces of loopback, container networks and Talos' own mesh.
  private var isInternal: Bool {
    let prefixes = [
      "lo", "cni", "flannel", "cali", "cilium", "lxc", "veth", "kubespan", "kube-", "tunl", "vxlan", "docker", "dummy",
      "nodelocaldns", "wg", "br-",
    ]
    return prefixes.contains { name.hasPrefix($0) }
  }

  private var usable: [(text: String, isIPv4: Bool)] {
    addresses.filter { address in
      let text = address.text.lowercased()
      return address.isIPv4
        ? !text.hasPrefix("169.254.") && IPv4Address(text) != nil
        : text != "::1" && !text.hasPrefix("fe80:")
    }
  }

  /// The address by which the machine is reached: of the card with this hardware address if it has one, IPv4 first.
  static func address(among interfaces: [GuestInterface], macAddress: String?) -> String? {
    let outside = interfaces.filter { !$0.isInternal }
    // Of the machine's own card any address counts, also one that is the host's own elsewhere.
    func first(of cards: [GuestInterface], ownCard: Bool = false) -> String? {
      let usable = cards.flatMap(\.usable).filter { ownCard || !$0.text.hasPrefix("127.") }
      return (usable.first(where: \.isIPv4) ?? usable.first)?.text
    }
    // The right card's IPv6 address is better than another card's IPv4.
    let own = outside.filter { macAddress != nil && $0.macAddress == macAddress }
    return first(of: own, ownCard: true) ?? first(of: outside)
  }

  static func == (left: GuestInterface, right: GuestInterface) -> Bool {
    left.name == right.name && left.macAddress == right.macAddress
      && left.addresses.elementsEqual(right.addresses) { $0 == $1 }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(macAddress)
  }
}
