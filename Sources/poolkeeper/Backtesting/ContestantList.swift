import ArgumentParser
import Backtest
import ConfigurationFile
import Model

/// A way of scaling that policies are compared with.
enum ReferenceChoice: String, ExpressibleByArgument, CaseIterable {
  case fixed, threshold
  case clusterAutoscaler = "cluster-autoscaler"
  case karpenter, all, none

  fileprivate var kinds: [BacktestResult.Kind] {
    switch self {
    case .fixed: [.fixedFleet]
    case .threshold: [.thresholds]
    case .clusterAutoscaler: [.clusterAutoscaler]
    case .karpenter: [.karpenter]
    case .all: [.fixedFleet, .thresholds, .clusterAutoscaler, .karpenter]
    case .none: []
    }
  }
}

/// Who is compared, by what a person asked for.
enum ContestantList {
  /// Policies in one comparison.
  static let most = 24

  /// - Parameters:
  ///   - policy: the operator's.
  ///   - others: `NAME=FILE`, each a configuration of its own.
  ///   - variants: `KEY=VALUE`, several changes with commas between, each a policy of its own.
  static func make(
    _ policy: Policy, others: [String], variants: [String], references: [ReferenceChoice]
  ) throws -> [Contestant] {
    var contestants = [Contestant(.poolkeeper, policy: policy)]
    for text in variants { contestants.append(try variant(text, policy)) }
    for text in others { contestants.append(try other(text)) }
    for kind in BacktestResult.Kind.allCases where references.contains(where: { $0.kinds.contains(kind) }) {
      contestants.append(Contestant(kind, policy: policy))
    }
    guard contestants.count <= most else {
      throw Failure(.usage, "\(contestants.count) policies are too many for one comparison; \(most) are possible.")
    }
    var names: Set<String> = []
    for contestant in contestants where !names.insert(contestant.name).inserted {
      throw Failure(.usage, "Two policies are called \(contestant.name): give them different names.")
    }
    return contestants
  }

  private static func variant(_ text: String, _ policy: Policy) throws -> Contestant {
    do {
      let changes = try text.split(separator: ",").map { try PolicyChange(String($0)) }
      return Contestant(.poolkeeper, policy: try PolicyChange.apply(changes, to: policy), name: text)
    } catch let fault as PolicyChange.Fault { throw Failure(.usage, "--set: \(fault)") }
  }

  private static func other(_ text: String) throws -> Contestant {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex, text.index(after: sign) < text.endIndex else {
      throw Failure(.usage, "--policy \(text): write NAME=FILE, for example --policy frugal=frugal.json.")
    }
    let path = String(text[text.index(after: sign)...])
    return Contestant(
      .poolkeeper, policy: try ConfigurationLoading.load(path).configuration.policy, name: String(text[..<sign]))
  }
}
