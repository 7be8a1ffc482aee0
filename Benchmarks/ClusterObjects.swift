/// Objects as a real API server sends them: with managed fields, environment, volumes, status, some 6 to 7 KiB a pod.
struct ClusterObjects {
  var nodes: Int
  var pods: Int

  /// Pods of one ReplicaSet.
  private static let podsPerWorkload = 20

  func node(_ number: Int, version: Int) -> String {
    let images = (0..<30).map {
      #"{"names":["registry.example.org/team/image-\#($0)@sha256:\#(Self.digest)"],"sizeBytes":\#($0)}"#
    }
    return """
      {"metadata":{"name":"worker-\(number)","uid":"\(Self.uid(number))","resourceVersion":"\(version)",\
      "creationTimestamp":"2026-01-31T08:00:00Z","labels":{"kubernetes.io/hostname":"worker-\(number)",\
      "kubernetes.io/os":"linux","node-pool":"burst","topology.kubernetes.io/zone":"zone-\(number % 3)"},\
      "annotations":{"node.alpha.kubernetes.io/ttl":"0"},\(Self.managedFields)},\
      "spec":{"podCIDR":"10.244.\(number % 256).0/24","providerID":"proxmox://\(number)"},\
      "status":{"capacity":{"cpu":"16","ephemeral-storage":"100Gi","memory":"65536Mi","pods":"110"},\
      "allocatable":{"cpu":"15800m","ephemeral-storage":"95Gi","memory":"64512Mi","pods":"110"},\
      "conditions":[{"type":"MemoryPressure","status":"False","lastHeartbeatTime":"2026-01-31T09:00:00Z",\
      "lastTransitionTime":"2026-01-31T08:00:00Z","reason":"KubeletHasSufficientMemory","message":"kubelet has sufficient memory"},\
      {"type":"Ready","status":"True","lastHeartbeatTime":"2026-01-31T09:00:00Z",\
      "lastTransitionTime":"2026-01-31T08:00:30Z","reason":"KubeletReady","message":"kubelet is posting ready status"}],\
      "addresses":[{"type":"InternalIP","address":"10.0.\(number / 256).\(number % 256)"},\
      {"type":"Hostname","address":"worker-\(number)"}],"nodeInfo":{"systemUUID":"\(Self.uid(number))",\
      "kubeletVersion":"v1.36.2","osImage":"Talos (v1.14.0)","architecture":"amd64"},\
      "images":[\(images.joined(separator: ","))]}}
      """
  }

  func pod(_ number: Int, version: Int) -> String {
    let workload = number / Self.podsPerWorkload
    let name = "service-\(workload)-7d9f8b6c5d-\(Self.suffix(number))"
    let environment = (0..<20).map { #"{"name":"SETTING_\#($0)","value":"a value of some length for setting \#($0)"}"# }
    return """
      {"metadata":{"name":"\(name)","generateName":"service-\(workload)-7d9f8b6c5d-","namespace":"team-\(workload % 40)",\
      "uid":"\(Self.uid(number))","resourceVersion":"\(version)","creationTimestamp":"2026-01-31T08:00:00Z",\
      "labels":{"app.kubernetes.io/name":"service-\(workload)","app.kubernetes.io/part-of":"shop",\
      "pod-template-hash":"7d9f8b6c5d"},"annotations":{"prometheus.io/scrape":"true",\
      "cni.example.org/network-status":"[{\\"name\\":\\"net\\",\\"ips\\":[\\"10.244.1.7\\"],\\"mac\\":\\"\(number)\\"}]"},\
      "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"service-\(workload)-7d9f8b6c5d",\
      "uid":"\(Self.uid(workload))","controller":true,"blockOwnerDeletion":true}],\(Self.managedFields)},\
      "spec":{"volumes":[{"name":"kube-api-access-\(Self.suffix(number))","projected":{"sources":[{"serviceAccountToken":\
      {"expirationSeconds":3607,"path":"token"}},{"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt",\
      "path":"ca.crt"}]}}],"defaultMode":420}},{"name":"tmp","emptyDir":{}}],\
      "containers":[{"name":"service","image":"registry.example.org/shop/service-\(workload):1.2.3",\
      "ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],"env":[\(environment.joined(separator: ","))],\
      "resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"250m","memory":"512Mi"}},\
      "volumeMounts":[{"name":"tmp","mountPath":"/tmp"},{"name":"kube-api-access-\(Self.suffix(number))","readOnly":true,\
      "mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}],"livenessProbe":{"httpGet":{"path":"/healthz",\
      "port":"http","scheme":"HTTP"},"periodSeconds":10},"imagePullPolicy":"IfNotPresent"}],"restartPolicy":"Always",\
      "terminationGracePeriodSeconds":30,"serviceAccountName":"default","nodeName":"worker-\(number % max(nodes, 1))",\
      "affinity":{"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":100,"podAffinityTerm":\
      {"labelSelector":{"matchLabels":{"app.kubernetes.io/name":"service-\(workload)"}},\
      "topologyKey":"kubernetes.io/hostname"}}]}},"schedulerName":"default-scheduler",\
      "tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},\
      {"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],\
      "priority":0,"enableServiceLinks":true},"status":{"phase":"Running","conditions":[{"type":"PodScheduled",\
      "status":"True","lastTransitionTime":"2026-01-31T08:00:00Z"},{"type":"Ready","status":"True",\
      "lastTransitionTime":"2026-01-31T08:00:09Z"},{"type":"ContainersReady","status":"True",\
      "lastTransitionTime":"2026-01-31T08:00:09Z"}],"hostIP":"10.0.0.7","podIP":"10.244.1.7",\
      "containerStatuses":[{"name":"service","state":{"running":{"startedAt":"2026-01-31T08:00:08Z"}},"ready":true,\
      "restartCount":0,"image":"registry.example.org/shop/service-\(workload):1.2.3","imageID":"sha256:\(Self.digest)",\
      "containerID":"containerd://\(Self.digest)","allocatedResources":{"cpu":"250m","memory":"512Mi"},\
      "resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"250m","memory":"512Mi"}}}],"qosClass":"Burstable"}}
      """
  }

  private static let digest = String(repeating: "0123456789abcdef", count: 4)

  private static func uid(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "5f3d2c1b-0a9e-4d8c-b7a6-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  private static func suffix(_ number: Int) -> String {
    let digits = String(number, radix: 36)
    return String(repeating: "a", count: max(0, 5 - digits.count)) + digits
  }

  /// About 2 KiB, as several managers leave them.
  private static let managedFields: String = {
    let fields = (0..<8).map { part in
      #""f:spec\#(part)":{"f:containers":{"k:{\"name\":\"service\"}":{".":{},"f:env":{".":{},"k:{\"name\":\"SETTING\"}":{".":{},"f:name":{},"f:value":{}}},"f:image":{},"f:resources":{".":{},"f:limits":{},"f:requests":{}}}}}"#
    }
    return
      #""managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"2026-01-31T08:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"#
      + fields.joined(separator: ",") + "}}]"
  }()
}
