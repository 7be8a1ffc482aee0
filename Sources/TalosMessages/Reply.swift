internal import CTalos

/// Almost every unary answer: one element for each node that was asked, which is one.
public struct Reply<Element: TalosMessage>: GeneratedMessage {
  /// The elements.
  public var messages: [Element]

  /// A reply with these elements.
  public init(_ messages: [Element]) { self.messages = messages }

  static var initialize: (UnsafeMutablePointer<Talos__Reply>?) -> Void { talos__reply__init }

  init(_ generated: Talos__Reply) throws(TalosMessageError) {
    messages = []
    for bytes in Field.byteLists(generated.n_messages, generated.messages) {
      messages.append(try Element(decoding: bytes))
    }
  }

  func fill(_ generated: inout Talos__Reply, in arena: Arena) {
    (generated.n_messages, generated.messages) = arena.byteLists(messages.map { $0.encoded() })
  }
}
