import ConfigurationFile
import Foundation
import Kubernetes
import Model
import Ports

/// The way to the API server that the operator's file and the environment tell.
enum ClusterAccesses {
  static func client(
    _ settings: KubernetesConnection, time: any TimeSource, environment: [String: String]
  ) throws -> KubernetesClient {
    KubernetesClient(try access(settings, environment: environment), time: time)
  }

  /// Where the API server is, and who we are there.
  static func access(_ settings: KubernetesConnection, environment: [String: String]) throws -> ClusterAccess {
    do {
      switch settings.source {
      case .inCluster: return try .inCluster(environment: environment)
      case .kubeconfig:
        let paths = settings.kubeconfig.map { [$0] } ?? Kubeconfig.standardPaths(environment: environment)
        return try Kubeconfig(paths: paths).access(context: settings.context)
      }
    } catch { throw Failure(.environment, error.message) }
  }

  static func options(_ environment: [String: String]) -> KubernetesClusterOptions {
    var options = KubernetesClusterOptions()
    options.instance = name(environment)
    return options
  }

  static func elector(
    _ settings: KubernetesConnection, through client: KubernetesClient, environment: [String: String]
  ) throws -> LeaseElector {
    let election = settings.leaderElection
    do {
      let timings = try LeaseTimings(
        leaseDuration: election.lease, renewDeadline: election.renewDeadline, retryPeriod: election.retry)
      return LeaseElector(
        LeaseElector.Candidacy(
          namespace: settings.namespace, name: election.leaseName, identity: identity(environment), timings: timings),
        through: client)
    } catch { throw Failure(.usage, error.description) }
  }

  /// The pod's name, or the machine's.
  private static func name(_ environment: [String: String]) -> String {
    environment["POD_NAME"] ?? environment["HOSTNAME"] ?? ProcessInfo.processInfo.hostName
  }

  private static let process = UUID().uuidString.lowercased()

  /// Of this process alone.
  static func identity(_ environment: [String: String]) -> String { "\(name(environment))_\(process)" }
}
