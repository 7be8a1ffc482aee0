import Model

extension JSONPull {
  /// A map of resource names to quantities: `requests`, `allocatable`, `overhead`. `nil` when there is none.
  ///
  /// CPU is rounded up to thousandths, everything else to whole numbers, as the scheduler does.
  mutating func resources() -> Resources? {
    guard enterObject() else { return nil }
    var resources = Resources.zero
    while let key = nextKey() {
      switch key {
      case "cpu": resources.cpuMillicores = quantity(scale: 1000)
      case "memory": resources.memoryBytes = quantity(scale: 1)
      case "ephemeral-storage": resources.ephemeralStorageBytes = quantity(scale: 1)
      case "pods": resources.pods = quantity(scale: 1)
      default:
        let name = key.text
        let amount = quantity(scale: 1)
        if amount != 0 { resources.extended[name] = amount }
      }
    }
    return resources
  }

  /// A quantity; one that cannot be read makes the document unsound: taking it for zero would promise room.
  mutating func quantity(scale: Int64) -> Int64 {
    guard let bytes = scalar(), let amount = Quantity.scaled(bytes, by: scale) else {
      fail()
      return 0
    }
    return amount
  }

  /// A map of texts; empty when there is none.
  mutating func texts() -> [String: String] {
    guard enterObject() else { return [:] }
    var texts: [String: String] = [:]
    while let key = nextKey() {
      let name = key.text
      texts[name] = text() ?? ""
    }
    return texts
  }

  /// An array of texts; empty when there is none.
  mutating func textList() -> [String] { list { $0.text() } }

  /// What `read` makes of each element of an array, without those that it makes nothing of.
  mutating func list<Element>(_ read: (inout JSONPull) -> Element?) -> [Element] {
    guard enterArray() else { return [] }
    var elements: [Element] = []
    while nextElement() {
      if let element = read(&self) { elements.append(element) }
    }
    return elements
  }

  /// A point in time; `nil` when there is none, or it cannot be read.
  mutating func instant() -> Instant? { text().flatMap { Instant(rfc3339: $0) } }
}
