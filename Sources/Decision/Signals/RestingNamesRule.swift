import Model

/// Keeps the names of workers whose machines were not seen to go from being given again for a while.
///
/// A list that lost rows, or a clone whose answer never came, leaves a machine that nobody knows of until it shows up. With a
/// name of its own it is then adopted or removed like any other; two machines of one name would be left to a person.
enum RestingNamesRule {
  /// A list that is wrong for longer is a person's matter anyway.
  static let rest: Duration = .hours(6)

  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard let before = situation.snapshot.memory.restingNames else { return }
    let names = before.filter { situation.now - $0.value < rest }
    draft.memory.restingNames = names.isEmpty ? nil : names
    draft.book.withhold(names.keys.map(\.rawValue))
  }
}
