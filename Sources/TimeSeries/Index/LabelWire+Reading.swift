/// Labels out of their wire form.
extension LabelWire {
  /// The name and value of the next label of a run; `nil` at its end.
  static func next(
    _ source: inout ByteSource
  ) -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
    guard !source.isAtEnd else { return nil }
    _ = source.byte()
    _ = source.varint()
    _ = source.byte()
    let name = source.bytes(source.count())
    _ = source.byte()
    let value = source.bytes(source.count())
    return source.isDamaged ? nil : (name, value)
  }

  /// The labels of a run as text, in their order.
  package static func labels(in run: UnsafeRawBufferPointer) -> Labels {
    var source = ByteSource(run)
    var labels: [Label] = []
    while let (name, value) = next(&source) {
      labels.append(Label(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
    }
    return Labels(sortedUnique: labels)
  }

  /// Whether a run is a sequence of whole labels in the form that `append` writes.
  package static func isCanonical(_ run: UnsafeRawBufferPointer) -> Bool {
    guard run.count > 0 else { return false }
    var source = ByteSource(run)
    while !source.isAtEnd {
      guard source.byte() == 0x0a else { return false }
      let inner = Int(truncatingIfNeeded: source.varint())
      let start = source.offset
      guard source.byte() == 0x0a else { return false }
      _ = source.bytes(source.count())
      guard source.byte() == 0x12 else { return false }
      _ = source.bytes(source.count())
      guard !source.isDamaged, source.offset - start == inner else { return false }
    }
    return !source.isDamaged
  }
}
