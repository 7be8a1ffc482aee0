import Foundation
import HTTPTransport

extension ClusterAccess {
  /// Where a pod finds its service account.
  public static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// Access from within a pod. The token's and the authorities' files are read again as they change.
  /// - Throws: `KubernetesError` with code `invalid` where this is no pod, or one without a service account.
  public static func inCluster(
    environment: [String: String], directory: String = serviceAccountDirectory
  ) throws(KubernetesError) -> ClusterAccess {
    guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
      let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
    else {
      throw KubernetesError(
        .invalid,
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod. Name a kubeconfig instead.")
    }
    for file in ["token", "ca.crt"] where !FileManager.default.isReadableFile(atPath: "\(directory)/\(file)") {
      throw KubernetesError(
        .invalid, "\(directory)/\(file) cannot be read: give the pod a service account and let its token be mounted.")
    }
    let address = host.contains(":") ? "[\(host)]" : host
    var access = ClusterAccess(
      server: "https://\(address):\(port)", trust: .authorities(.file("\(directory)/ca.crt")),
      bearer: .tokenFile("\(directory)/token"))
    if let data = FileManager.default.contents(atPath: "\(directory)/namespace") {
      let namespace = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      access.namespace = namespace.isEmpty ? nil : namespace
    }
    return access
  }
}
