import Model

/// Whose a machine is, judged by its configuration as it is read now. A number alone proves nothing: numbers are used
/// again.
enum MachineIdentity: Sendable, Hashable {
  /// By its name, its mark and its tag.
  case of(OwnerMark)
  /// A clone that has just begun, or whose making died: nobody can tell yet.
  case halfClone
  /// Not ours, with the reason as the end of a sentence.
  case foreign(String)

  /// - Parameter isNumberOurs: whether the number lies in the range that belongs to this program.
  init(_ configuration: MachineConfiguration, cluster: String, isNumberOurs: Bool) {
    if configuration.isHalfClone {
      self = .halfClone
      return
    }
    guard let mark = configuration.mark else {
      self = .foreign("its description holds no owner's mark")
      return
    }
    guard !configuration.isTemplate else {
      self = .foreign("it is a template")
      return
    }
    guard mark.owner.cluster == cluster else {
      self = .foreign("its mark names the cluster \(mark.owner.cluster)")
      return
    }
    // A clone gets its template's tags; where the template lacks ours, it comes with the size. Later it can only have
    // been taken away, by somebody who takes the machine away from us.
    let awaitsTag = isNumberOurs && SizeMark(in: configuration.description) == nil
    guard configuration.tags.contains(OwnerMark.tag) || awaitsTag else {
      self = .foreign("it does not carry the tag \(OwnerMark.tag)")
      return
    }
    self = .of(mark)
  }

  /// `nil` when the machine is this owner's; otherwise why not, as the end of a sentence.
  func objection(to owner: MachineOwner, name: String) -> String? {
    switch self {
    case .halfClone: "it is a clone that has no mark yet"
    case .foreign(let reason): reason
    case .of(let mark) where mark.owner.id != owner.id || mark.owner.cluster != owner.cluster:
      "its mark names the worker \(mark.owner.worker) (\(mark.owner.id))"
    case .of where name != owner.worker.rawValue: "it is called \"\(name)\""
    case .of: nil
    }
  }
}
