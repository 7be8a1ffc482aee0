import Model

/// Every choice of pods that some pod's affinity, anti-affinity or spread makes, by number, and which pods each chooses.
///
/// Pods are looked up by their labels rather than held against each selector: most pods match none.
struct PodSelectors {
  struct Key: Hashable {
    /// Sorted; `nil`: all namespaces.
    let namespaces: [String]?
    /// `nil` chooses no pod.
    let selector: LabelSelector?
  }

  private(set) var keys: [Key] = []
  private var numbers: [Key: Int] = [:]
  private var byNamespace: [String: Index] = [:]
  private var everywhere = Index()

  var isEmpty: Bool { keys.isEmpty }

  mutating func number(of key: Key) -> Int {
    if let known = numbers[key] { return known }
    let number = keys.count
    keys.append(key)
    numbers[key] = number
    if let selector = key.selector {
      if let namespaces = key.namespaces {
        for namespace in namespaces { byNamespace[namespace, default: Index()].add(number, selector) }
      } else {
        everywhere.add(number, selector)
      }
    }
    return number
  }

  /// Numbers of the selectors that choose a pod, ascending.
  func matches(namespace: String, labels: [String: String]) -> [Int] {
    var found: [Int] = []
    if let index = byNamespace[namespace] { index.find(labels, keys, &found) }
    if !everywhere.isEmpty { everywhere.find(labels, keys, &found) }
    if found.count > 1 { found.sort() }
    return found
  }

  /// Selectors by one label that they demand.
  private struct Index {
    private var labelKeys: [String] = []
    private var tables: [[String: [Int]]] = []
    /// Selectors that demand no label of one value.
    private var others: [Int] = []

    var isEmpty: Bool { labelKeys.isEmpty && others.isEmpty }

    mutating func add(_ number: Int, _ selector: LabelSelector) {
      var demand = selector.matchLabels.min { $0.key < $1.key }.map { ($0.key, [$0.value]) }
      if demand == nil {
        demand = selector.expressions.first { $0.operator == .in }.map { ($0.key, $0.values) }
      }
      guard let (key, values) = demand else {
        others.append(number)
        return
      }
      let slot: Int
      if let known = labelKeys.firstIndex(of: key) {
        slot = known
      } else {
        slot = labelKeys.count
        labelKeys.append(key)
        tables.append([:])
      }
      for value in Set(values) { tables[slot][value, default: []].append(number) }
    }

    func find(_ labels: [String: String], _ keys: [Key], _ found: inout [Int]) {
      for slot in labelKeys.indices {
        guard let value = labels[labelKeys[slot]], let candidates = tables[slot][value] else { continue }
        for number in candidates where keys[number].selector!.matches(labels) { found.append(number) }
      }
      for number in others where keys[number].selector!.matches(labels) { found.append(number) }
    }
  }
}

extension PodSelectors.Key {
  /// Of a term of a pod in `namespace` with `labels`.
  init(
    _ term: PodAffinityTerm, namespace: String, labels: [String: String], namespaceLabels: [String: [String: String]]
  ) {
    var selector = term.selector
    for key in term.matchLabelKeys {
      guard let value = labels[key] else { continue }
      selector?.require(LabelRequirement(key: key, operator: .in, values: [value]))
    }
    for key in term.mismatchLabelKeys {
      guard let value = labels[key] else { continue }
      selector?.require(LabelRequirement(key: key, operator: .notIn, values: [value]))
    }
    self.selector = selector
    guard let chosen = term.namespaceSelector else {
      namespaces = term.namespaces.isEmpty ? [namespace] : Set(term.namespaces).sorted()
      return
    }
    if chosen == LabelSelector() {
      namespaces = nil
      return
    }
    let matching = namespaceLabels.keys.filter { chosen.matches(namespaceLabels[$0]!) }
    namespaces = Set(term.namespaces).union(matching).sorted()
  }

  init(_ spread: TopologySpreadConstraint, namespace: String, labels: [String: String]) {
    var selector = spread.selector
    for key in spread.matchLabelKeys {
      guard let value = labels[key] else { continue }
      selector?.require(LabelRequirement(key: key, operator: .in, values: [value]))
    }
    self.selector = selector
    namespaces = [namespace]
  }
}

extension LabelSelector {
  /// Adds a condition unless it is there: the API server may have merged it already.
  fileprivate mutating func require(_ requirement: LabelRequirement) {
    if !expressions.contains(requirement) { expressions.append(requirement) }
  }
}
