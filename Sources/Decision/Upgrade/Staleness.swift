import Model

/// Whether a worker is still what its template would make today.
enum Staleness {
  /// How it differs, as the end of a sentence that begins with the worker; `nil` when it does not, or when that cannot be
  /// told.
  static func of(_ worker: WorkerRecord, _ situation: Situation) -> String? {
    guard let template = situation.policy.template(worker.template) else { return nil }
    let name = template.name
    guard let build = worker.build else { return ofKubelet(worker, template, situation) }
    if build == template.build { return nil }
    if build.kubernetesVersion != template.kubernetesVersion {
      return "has Kubernetes \(shown(build.kubernetesVersion)), and template \(name) has "
        + "\(shown(template.kubernetesVersion)) by now"
    }
    if build.talosVersion != template.talosVersion {
      return "has Talos \(shown(build.talosVersion)), and template \(name) has \(shown(template.talosVersion)) by now"
    }
    if build.machine != template.machine { return "is not of the size that template \(name) has by now" }
    return "was cloned from machine \(build.source), and template \(name) is machine \(template.source) by now"
  }

  /// Records of old, and of workers that were adopted, say no build: their kubelets tell a version. One with a build is
  /// never judged by its kubelet: a template that misstates its version would have its workers replaced for ever.
  private static func ofKubelet(_ worker: WorkerRecord, _ template: Template, _ situation: Situation) -> String? {
    guard let running = situation.node(of: worker)?.kubeletVersion.map(plain), !running.isEmpty,
      case let wanted = plain(template.kubernetesVersion), !wanted.isEmpty, running != wanted
    else { return nil }
    return "has Kubernetes \(running), and template \(template.name) has \(wanted) by now"
  }

  /// Without the `v` that some write.
  private static func plain(_ version: String) -> String {
    version.hasPrefix("v") ? String(version.dropFirst()) : version
  }

  private static func shown(_ version: String) -> String { version.isEmpty ? "of no version" : plain(version) }
}
