internal import Foundation

/// The files by which clients find the world's faces.
extension SimulatedWorldDirectory {
  /// Writes what a face's clients need; a face of another name has no file.
  func writeClientFiles(_ face: String, address: String, port: Int, clusterName: String) throws {
    switch face {
    case "proxmox": try write("proxmox.env", proxmoxEnvironment(address, port))
    case "kubernetes": try write("kubeconfig", kubeconfig(address, port, clusterName))
    case "talos": try write("talosconfig", talosconfig(address, port, clusterName))
    default: break
    }
  }

  private func proxmoxEnvironment(_ address: String, _ port: Int) -> String {
    """
    PROXMOX_URL=https://\(address):\(port)
    PROXMOX_TOKEN_ID=\(proxmoxToken.id)
    PROXMOX_TOKEN_SECRET=\(secrets.proxmoxToken)
    PROXMOX_USER=\(proxmoxUser.id)
    PROXMOX_PASSWORD=\(secrets.proxmoxPassword)
    PROXMOX_CA_FILE=\(URL(fileURLWithPath: proxmoxAuthorityFile).path)

    """
  }

  private func kubeconfig(_ address: String, _ port: Int, _ cluster: String) throws -> String {
    let mint = try authority("kubernetes", .p256)
    let admin = try minted("kubernetes-admin") {
      try mint.client("kubernetes-admin", organization: "system:masters")
    }
    return """
      apiVersion: v1
      kind: Config
      current-context: admin@\(cluster)
      clusters:
        - name: \(cluster)
          cluster:
            server: https://\(address):\(port)
            certificate-authority-data: \(Self.base64(mint.authority.certificate))
      contexts:
        - name: admin@\(cluster)
          context:
            cluster: \(cluster)
            user: admin
      users:
        - name: admin
          user:
            client-certificate-data: \(Self.base64(admin.certificate))
            client-key-data: \(Self.base64(admin.key))

      """
  }

  private func talosconfig(_ address: String, _ port: Int, _ cluster: String) throws -> String {
    let mint = try authority("talos", .ed25519)
    let admin = try minted("talos-admin") { try mint.client("admin", organization: "os:admin") }
    return """
      context: \(cluster)
      contexts:
        \(cluster):
          endpoints:
            - \(address):\(port)
          ca: \(Self.base64(mint.authority.certificate))
          crt: \(Self.base64(admin.certificate))
          key: \(Self.base64(admin.key))

      """
  }

  /// The configuration that the cluster's workers start from, as `talosctl gen config` would make it.
  func writeWorkerConfiguration(clusterName: String, kubernetesURL: String) throws {
    let talos = try authority("talos", .ed25519).authority.certificate
    let kubernetes = try authority("kubernetes", .p256).authority.certificate
    try write(
      "worker.yaml",
      """
      version: v1alpha1
      debug: false
      persist: true
      machine:
        type: worker
        token: \(secrets.machineToken)
        ca:
          crt: \(Self.base64(talos))
          key: ""
        certSANs: []
        kubelet:
          defaultRuntimeSeccompProfileEnabled: true
          disableManifestsDirectory: true
        network: {}
        install:
          disk: /dev/sda
          wipe: false
        features:
          rbac: true
          stableHostname: true
          apidCheckExtKeyUsage: true
          diskQuotaSupport: true
      cluster:
        id: \(secrets.clusterID)
        secret: \(secrets.clusterSecret)
        controlPlane:
          endpoint: \(kubernetesURL)
        clusterName: \(clusterName)
        network:
          dnsDomain: cluster.local
          podSubnets:
            - 10.244.0.0/16
          serviceSubnets:
            - 10.96.0.0/12
        token: \(secrets.clusterToken)
        ca:
          crt: \(Self.base64(kubernetes))
          key: ""
        discovery:
          enabled: false

      """)
  }

  private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
