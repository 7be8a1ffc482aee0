public import Model

/// The labels of a worker's node.
public enum NodeLabels {
  /// Unix seconds of the end of the clone, or of the activation of a standby clone.
  public static let provisionedAt = "provisioned-at"
  /// Unix seconds of expiry.
  public static let timeToLive = "ttl"
  /// From the intent, or the activation, to expiry in hours, at most two decimals.
  public static let timeToLiveHours = "ttl-hours"

  /// The template's labels (workload-size, storage-tier, network-speed), over them the pool's (node-pool,
  /// worker-type, …), over them the worker's own: its zone where the policy names a label for zones and the host is known,
  /// and its times. The last two are missing on a worker that does not expire.
  public static func labels(of record: WorkerRecord, policy: Policy) -> [String: String] {
    var labels = ["node-pool": record.pool.rawValue]
    if let template = policy.template(record.template) {
      labels.merge(template.labels) { _, template in template }
    }
    if let pool = policy.pool(record.pool) {
      labels.merge(pool.labels) { _, pool in pool }
    }
    if let label = policy.placement.zoneLabel, let zone = record.host.flatMap(policy.placement.zone(of:)) {
      labels[label] = zone
    }
    labels[provisionedAt] = String(
      (record.standby?.activatedAt ?? record.billedFrom ?? record.createdAt).milliseconds / 1000)
    labels.merge(timeToLiveLabels(of: record)) { _, own in own }
    return labels
  }

  /// `ttl` and `ttl-hours`; empty for a worker that does not expire.
  public static func timeToLiveLabels(of record: WorkerRecord) -> [String: String] {
    guard let expiry = record.timeToLive else { return [:] }
    return [
      timeToLive: String(expiry.expiresAt.milliseconds / 1000),
      timeToLiveHours: hours(expiry.expiresAt - record.wantedSince),
    ]
  }

  /// Whether a kubelet may give its own node this label; the others are set through the Kubernetes API, and one of them
  /// in a machine's configuration would keep all from being set. Source: Kubernetes, NodeRestriction.
  public static func kubeletMaySet(_ key: String) -> Bool {
    guard let slash = key.firstIndex(of: "/") else { return true }
    let prefix = String(key[..<slash])
    func isWithin(_ domain: String) -> Bool { prefix == domain || prefix.hasSuffix("." + domain) }
    if isWithin("node-restriction.kubernetes.io") { return false }
    guard isWithin("kubernetes.io") || isWithin("k8s.io") else { return true }
    return isWithin("kubelet.kubernetes.io") || isWithin("node.kubernetes.io") || kubeletsOwn.contains(key)
  }

  private static let kubeletsOwn: Set = [
    "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region", "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type", "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
  ]

  static func hours(_ length: Duration) -> String {
    let hundredths = (length.milliseconds + 18_000) / 36_000
    let rest = hundredths % 100
    if rest == 0 { return String(hundredths / 100) }
    if rest % 10 == 0 { return "\(hundredths / 100).\(rest / 10)" }
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
