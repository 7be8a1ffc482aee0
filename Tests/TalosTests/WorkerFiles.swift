/// Worker configurations as operators have them.
enum WorkerFiles {
  static let classic = """
    # Made by talosctl gen config.
    version: v1alpha1 # the schema
    debug: false
    persist: true
    machine:
      type: worker
      token: abcdef.0123456789abcdef
      ca:
        crt: Y2VydGlmaWNhdGU=
        key: ""
      certSANs: []
      kubelet:
        image: ghcr.io/siderolabs/kubelet:v1.35.0
        defaultRuntimeSeccompProfileEnabled: true
        extraArgs:
          feature-gates: "A=true"
      network: {}
      install:
        disk: /dev/sda
        image: ghcr.io/siderolabs/installer:v1.13.0
        wipe: false
      sysctls:
        net.core.somaxconn: "65535"
        vm.nr_hugepages: '0010'
        kernel.odd: 0o17
        kernel.older: 017
      files:
        - content: |
            [plugins]
              key = "value"

            # not a comment of YAML
          permissions: 0o644
          path: /etc/cri/conf.d/20-customization.part
          op: create
      nodeLabels:
        example.org/rack: "17"
      registries:
        mirrors: ~
      features: {rbac: true, version: 1.10}
    cluster:
      id: "0123"
      secret: null
      controlPlane:
        endpoint: https://10.0.0.1:6443
      clusterName: demo
      network:
        dnsDomain: cluster.local
        podSubnets: [10.244.0.0/16]
        serviceSubnets:
          - 10.96.0.0/12
      token: abcdef.0123456789abcdef
      ca:
        crt: Y2VydGlmaWNhdGU=
        key: ""
      discovery:
        enabled: true
        registries:
          service: {}

    """

  /// As version 1.14 generates it.
  static let documents = """
    version: v1alpha1
    machine:
      type: worker
      token: abcdef.0123456789abcdef
      ca:
        crt: Y2VydGlmaWNhdGU=
      install: {disk: /dev/sda}
    cluster:
      token: abcdef.0123456789abcdef
    ---
    # The cluster.
    apiVersion: v1alpha1
    kind: KubeClusterConfig
    clusterName: demo
    endpoint: https://10.0.0.1:6443
    ---
    apiVersion: v1alpha1
    kind: KubeAPIServerCAConfig
    acceptedCAs:
      - |
        -----BEGIN CERTIFICATE-----
        Y2VydGlmaWNhdGU=
        -----END CERTIFICATE-----
    ---
    apiVersion: v1alpha1
    kind: KubeletConfig
    image: registry.example.org:5000/kubelet:v1.36.0@sha256:00
    ---
    apiVersion: v1alpha1
    kind: KubeNodeConfig
    labels:
      example.org/rack: "17"
    taints:
      example.org/kept: "yes:NoExecute"
    ---
    apiVersion: v1alpha1
    kind: UnattendedInstallConfig
    installer: {image: "ghcr.io/siderolabs/installer:v1.14.0"}
    ---
    apiVersion: v1alpha1
    kind: HostnameConfig
    auto: stable
    ---
    apiVersion: v1alpha1
    kind: LinkConfig
    name: eth0
    mtu: 1500

    """
}
