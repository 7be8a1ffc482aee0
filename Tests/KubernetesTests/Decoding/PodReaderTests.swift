import Model
import Testing

@testable import Kubernetes

@Suite struct PodReaderTests {
  private func read(_ text: String) throws -> PodRecord {
    try #require(reading(text, pools: DecodingPools(), PodReader.read)).value
  }

  private func pod(spec: String = "{}", status: String = "{}", metadata: String = "") throws -> PodRecord {
    try read(
      """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"u"\(metadata)},
       "spec":\(spec),"status":\(status)}
      """)
  }

  @Test func readsWhatAPodIs() throws {
    let record = try pod(
      spec: """
        {"nodeName":"node-1","nodeSelector":{"pool":"burst"},"priority":1000,"schedulingGates":[{"name":"g/a"}],
         "tolerations":[{"key":"a","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},
           {"key":"b","value":"c","effect":"NoSchedule"},{"operator":"Exists"},{"key":"n","operator":"Gt","value":"5"}],
         "containers":[{"name":"c","env":[{"name":"X","value":"{\\"y\\":1}"}],"resources":{"requests":
           {"cpu":"250m","memory":"64Mi","nvidia.com/gpu":"1"},"limits":{"cpu":"4"}},
           "ports":[{"containerPort":80,"hostPort":8080,"protocol":"TCP"},{"containerPort":90}]}]}
        """,
      status: """
        {"phase":"Running","nominatedNodeName":"node-2","conditions":[
          {"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}
        """,
      metadata: """
        ,"creationTimestamp":"2026-01-31T08:00:00Z","resourceVersion":"77","labels":{"app":"web"},
        "annotations":{"cni.example.org/status":"[long]","cluster-autoscaler.kubernetes.io/safe-to-evict":"false"},
        "ownerReferences":[{"kind":"Other","name":"o"},{"kind":"ReplicaSet","name":"web","controller":true}],
        "managedFields":[{"manager":"kubectl","fieldsV1":{"f:metadata":{"f:labels":{".":{}}}}}]
        """)
    let seen = record.observation
    #expect(seen.key == PodKey(namespace: "shop", name: "web-1"))
    #expect(seen.createdAt == Instant(rfc3339: "2026-01-31T08:00:00Z"))
    #expect(seen.node == "node-1")
    #expect(seen.nominatedNode == "node-2")
    #expect(seen.nodeSelector == ["pool": "burst"])
    #expect(seen.labels == ["app": "web"])
    #expect(seen.annotations == ["cluster-autoscaler.kubernetes.io/safe-to-evict": "false"])
    #expect(seen.priority == 1000)
    #expect(seen.ownerKind == "ReplicaSet")
    #expect(seen.ownerName == "web")
    #expect(seen.schedulingGates == ["g/a"])
    #expect(seen.phase == .running)
    #expect(seen.isReady)
    #expect(!seen.isTerminating && !seen.isMirror && !seen.unschedulable)
    #expect(
      seen.requests
        == Resources(cpuMillicores: 250, memoryBytes: .mebibytes(64), pods: 1, extended: ["nvidia.com/gpu": 1]))
    // What compares numbers matches nothing here, which is the safe reading.
    #expect(
      seen.tolerations == [
        Toleration(key: "a", operator: .exists, effect: .noExecute),
        Toleration(key: "b", value: "c", effect: .noSchedule), Toleration(key: "", operator: .exists),
      ])
    #expect(seen.constraints.hostPorts == [HostPort(8080)])
    #expect(record.claims.isEmpty)
  }

  @Test func countsInitContainersSidecarsOverheadAndResizes() throws {
    let record = try pod(
      spec: """
        {"initContainers":[{"name":"log","restartPolicy":"Always","resources":{"requests":{"cpu":"100m"}}},
           {"name":"setup","resources":{"requests":{"cpu":"2","memory":"1Gi"}}}],
         "containers":[{"name":"a","resources":{"requests":{"cpu":"500m","memory":"256Mi"}}},
           {"name":"b","resources":{"requests":{"cpu":"500m"}}}],
         "overhead":{"cpu":"10m","memory":"1Mi"}}
        """,
      status: """
        {"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"2","memory":"256Mi"},
          "resources":{"requests":{"cpu":"1","memory":"512Mi"}}}]}
        """)
    // In the end 100m + 2 + 500m; before, 100m + 2 with a gibibyte.
    #expect(record.observation.requests.cpuMillicores == 2610)
    #expect(record.observation.requests.memoryBytes == .mebibytes(1025))
  }

  @Test func takesRequestsOfTheWholePodWhereItHasAny() throws {
    let record = try pod(
      spec: """
        {"resources":{"requests":{"cpu":"3"}},"containers":[{"name":"a","resources":{"requests":{"cpu":"1","memory":"5"}}}]}
        """)
    #expect(record.observation.requests == Resources(cpuMillicores: 3000, memoryBytes: 5, pods: 1))
  }

  @Test func readsConstraints() throws {
    let constraints = try pod(
      spec: """
        {"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
            {"matchExpressions":[{"key":"zone","operator":"In","values":["a","b"]}]},
            {"matchFields":[{"key":"metadata.name","operator":"In","values":["n"]}]}]},
           "preferredDuringSchedulingIgnoredDuringExecution":[{"weight":7,"preference":{"matchExpressions":[
            {"key":"disk","operator":"Exists"}]}}]},
         "podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"zone","namespaces":["x"],
            "labelSelector":{"matchLabels":{"app":"db"}},"namespaceSelector":{},"matchLabelKeys":["v"]}]},
         "podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"host",
            "labelSelector":{"matchExpressions":[{"key":"app","operator":"NotIn","values":["web"]}]}}],
           "preferredDuringSchedulingIgnoredDuringExecution":[{"weight":9,"podAffinityTerm":{"topologyKey":"zone"}}]}},
         "topologySpreadConstraints":[{"maxSkew":2,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway",
           "labelSelector":{"matchLabels":{"app":"web"}},"minDomains":3,"nodeAffinityPolicy":"Ignore",
           "nodeTaintsPolicy":"Honor","matchLabelKeys":["pod-template-hash"]}]}
        """
    ).observation.constraints
    #expect(
      constraints.nodeAffinity == [
        NodeSelectorTerm(expressions: [LabelRequirement(key: "zone", operator: .in, values: ["a", "b"])]),
        NodeSelectorTerm(fields: [LabelRequirement(key: "metadata.name", operator: .in, values: ["n"])]),
      ])
    #expect(
      constraints.preferredNodeAffinity == [
        PreferredNodeTerm(
          weight: 7, term: NodeSelectorTerm(expressions: [LabelRequirement(key: "disk", operator: .exists)]))
      ])
    var near = PodAffinityTerm(
      selector: LabelSelector(matchLabels: ["app": "db"]), topologyKey: "zone", namespaces: ["x"])
    near.namespaceSelector = LabelSelector()
    near.matchLabelKeys = ["v"]
    #expect(constraints.podAffinity == [near])
    #expect(
      constraints.podAntiAffinity == [
        PodAffinityTerm(
          selector: LabelSelector(expressions: [LabelRequirement(key: "app", operator: .notIn, values: ["web"])]),
          topologyKey: "host")
      ])
    #expect(
      constraints.preferredPodAffinity == [
        PreferredPodTerm(weight: -9, term: PodAffinityTerm(selector: nil, topologyKey: "zone"))
      ])
    var spread = TopologySpreadConstraint(
      maxSkew: 2, topologyKey: "zone", selector: LabelSelector(matchLabels: ["app": "web"]))
    spread.whenUnsatisfiable = .scheduleAnyway
    spread.minDomains = 3
    spread.nodeAffinityPolicy = .ignore
    spread.nodeTaintsPolicy = .honor
    spread.matchLabelKeys = ["pod-template-hash"]
    #expect(constraints.topologySpread == [spread])
  }

  @Test func tellsLocalVolumesFromClaims() throws {
    let record = try pod(
      spec: """
        {"volumes":[{"name":"tmp","emptyDir":{}},{"name":"ram","emptyDir":{"medium":"Memory"}},
          {"name":"logs","hostPath":{"path":"/var/log"}},{"name":"d","persistentVolumeClaim":{"claimName":"data"}},
          {"name":"scratch","ephemeral":{"volumeClaimTemplate":{}}},{"name":"token","projected":{"sources":[]}}]}
        """)
    #expect(record.observation.localVolumes == ["tmp", "logs"])
    #expect(record.claims == ["data", "web-1-scratch"])
  }

  @Test func saysThatResourceClaimsCannotBeJudged() throws {
    let record = try pod(spec: #"{"resourceClaims":[{"name":"gpu","resourceClaimName":"x"}]}"#)
    #expect(record.observation.constraints.volumes.first?.obstacle?.contains("resource claim gpu") == true)
  }

  @Test(arguments: [
    (#"[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]"#, true),
    (#"[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]"#, false),
    (#"[{"type":"PodScheduled","status":"True"}]"#, false), ("null", false),
  ])
  func readsWhetherTheSchedulerFoundNoNode(conditions: String, expected: Bool) throws {
    let record = try pod(status: #"{"phase":"Pending","conditions":\#(conditions)}"#)
    #expect(record.observation.unschedulable == expected)
    #expect(record.observation.phase == .pending)
  }

  @Test func readsMirrorAndTerminatingPods() throws {
    let record = try pod(
      metadata: #","deletionTimestamp":"2026-01-01T00:00:00Z","annotations":{"kubernetes.io/config.mirror":"x"}"#)
    #expect(record.observation.isMirror)
    #expect(record.observation.isTerminating)
  }

  @Test(arguments: [
    #"{"containers":[{"name":"a","resources":{"requests":{"cpu":"lots"}}}]}"#,
    #"{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"a","operator":"Near"}]}]}}}}"#,
  ])
  func refusesWhatItCouldOnlyGuess(spec: String) {
    let text = #"{"metadata":{"name":"a"},"spec":\#(spec)}"#
    for _ in 0..<2 { #expect(reading(text, pools: DecodingPools(), PodReader.read) == nil) }
  }
}
