import Model

/// What the objects of one kind share in memory: pods of one workload differ in little but their names.
///
/// Belongs to one reader at a time.
final class DecodingPools {
  let texts = TextPool()
  let maps = SharedValues<[String: String]>()
  let tolerations = SharedValues<[Toleration]>()
  let affinities = SharedValues<PodConstraints>()
  let spreads = SharedValues<[TopologySpreadConstraint]>()
}

extension JSONPull {
  /// A map of texts that many objects have in common, such as labels.
  mutating func sharedTexts() -> [String: String] { shared(\.maps) { $0.texts() } }

  /// What `read` makes of the value that begins here, or made of the same bytes before.
  mutating func shared<Value>(
    _ pool: KeyPath<DecodingPools, SharedValues<Value>>, _ read: (inout JSONPull) -> Value
  ) -> Value {
    guard let pools else { return read(&self) }
    let bytes = raw()
    var wasSound = true
    let value = pools[keyPath: pool].value(of: bytes) {
      var reader = JSONPull(bytes, pools: pools)
      let value = read(&reader)
      wasSound = reader.isSound
      return (value, wasSound)
    }
    if !wasSound { fail() }
    return value
  }
}
