import Model

/// Which constraint may run on which node: many pods and nodes share few of both, so each pair is judged once.
///
/// Nodes fall into classes by their taints and by those of their labels that somebody asks for. The host name, which
/// tells every node from every other, is judged node by node.
struct ConstraintTable {
  static let hostnameLabel = "kubernetes.io/hostname"

  private struct NodeClass: Hashable {
    let taints: [Taint]
    let labels: [String: String]
  }

  /// One constraint's answers by class: whether a pod may run there, and whether it may but for taints.
  struct Answers {
    var mayRun: [Bool] = []
    var isSelected: [Bool] = []
    /// The node's name matters: a class's answer is only the one for a node without a name.
    let isByNode: Bool
  }

  private let keys: Set<String>
  private var classes: [NodeClass: Int] = [:]
  private var representatives: [NodeClass] = []
  private var numbers: [PodGroup.Constraint: Int] = [:]
  private(set) var constraints: [PodGroup.Constraint] = []
  private var answers: [Answers] = []

  /// - Parameter keys: all label keys that constraints of this table will ask for.
  init(keys: Set<String>) { self.keys = keys.subtracting([Self.hostnameLabel]) }

  mutating func nodeClass(taints: [Taint], labels: [String: String]) -> Int {
    var asked: [String: String] = [:]
    for key in keys { if let value = labels[key] { asked[key] = value } }
    let node = NodeClass(taints: taints.filter { $0.effect != .preferNoSchedule }, labels: asked)
    if let known = classes[node] { return known }
    classes[node] = representatives.count
    representatives.append(node)
    return representatives.count - 1
  }

  mutating func number(of constraint: PodGroup.Constraint) -> Int {
    if let known = numbers[constraint] { return known }
    var asked: Set<String> = []
    constraint.addKeys(to: &asked)
    numbers[constraint] = constraints.count
    constraints.append(constraint)
    answers.append(Answers(isByNode: constraint.namesNodes || asked.contains(Self.hostnameLabel)))
    return constraints.count - 1
  }

  /// A constraint's answers for all classes that there are.
  mutating func answers(of number: Int) -> Answers {
    let constraint = constraints[number]
    for index in answers[number].mayRun.count..<representatives.count {
      let node = representatives[index]
      let isSelected = constraint.selectorMismatch(labels: node.labels, name: nil) == nil
      let mayRun = isSelected && constraint.mismatch(taints: node.taints, labels: node.labels) == nil
      answers[number].mayRun.append(mayRun)
      answers[number].isSelected.append(isSelected)
    }
    return answers[number]
  }
}
