import Foundation
import Simulator

/// What the server asks of objects of which nothing comes in the world, but which a real server would refuse.
extension KubernetesAPI {
  /// Refuses changes of what the world's scenario has made, where clients' own objects stand beside it.
  static func checkOwner(_ target: RequestTarget, _ world: World) throws(APIStatus) {
    guard target.kind.writes == .beside, world.keptObjects[path(target.kind.table, target.key)] == nil else { return }
    throw .forbidden(target.kind, target.key.name, "the simulated world's controllers own it")
  }

  /// Fields that must be there and agree, of the kinds that installations bring.
  static func checkFields(_ object: ManifestValue, _ target: RequestTarget) throws(APIStatus) {
    switch target.kind.table {
    case "deployments.apps": try checkDeployment(object, target)
    case "services": try checkService(object, target)
    case "poddisruptionbudgets.policy":
      if object[["spec", "minAvailable"]] != nil, object[["spec", "maxUnavailable"]] != nil {
        throw fault(object, target, "spec", "Invalid value: minAvailable and maxUnavailable cannot be both set")
      }
    default: break
    }
  }

  /// A secret as it is kept: texts that were written as such, beside the encoded ones.
  static func withData(_ secret: ManifestValue) -> ManifestValue {
    guard let texts = secret["stringData"]?.texts else { return secret }
    var secret = secret
    secret["stringData"] = nil
    for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
      secret[["data", key]] = .text(Data(text.utf8).base64EncodedString())
    }
    return secret
  }

  private static func checkDeployment(_ object: ManifestValue, _ target: RequestTarget) throws(APIStatus) {
    let selector = object[["spec", "selector", "matchLabels"]]?.texts ?? [:]
    let expressions = object[["spec", "selector", "matchExpressions"]]?.list ?? []
    guard !selector.isEmpty || !expressions.isEmpty else {
      throw fault(object, target, "spec.selector", "Required value")
    }
    let labels = object[["spec", "template", "metadata", "labels"]]?.texts ?? [:]
    guard selector.allSatisfy({ labels[$0.key] == $0.value }) else {
      throw fault(
        object, target, "spec.template.metadata.labels",
        "Invalid value: `selector` does not match template `labels`")
    }
    let containers = object[["spec", "template", "spec", "containers"]]?.list ?? []
    guard !containers.isEmpty else { throw fault(object, target, "spec.template.spec.containers", "Required value") }
    let volumes = (object[["spec", "template", "spec", "volumes"]]?.list ?? []).compactMap { $0["name"]?.string }
    for (index, container) in containers.enumerated() {
      let place = "spec.template.spec.containers[\(index)]"
      for field in ["name", "image"] where container[field]?.string?.isEmpty != false {
        throw fault(object, target, "\(place).\(field)", "Required value")
      }
      for (number, mount) in (container["volumeMounts"]?.list ?? []).enumerated() {
        guard let name = mount["name"]?.string, volumes.contains(name) else {
          throw fault(
            object, target, "\(place).volumeMounts[\(number)].name",
            "Not found: \"\(mount["name"]?.string ?? "")\"")
        }
      }
    }
  }

  private static func checkService(_ object: ManifestValue, _ target: RequestTarget) throws(APIStatus) {
    if object[["spec", "type"]]?.string == "ExternalName" { return }
    let ports = object[["spec", "ports"]]?.list ?? []
    let isHeadless = object[["spec", "clusterIP"]]?.string == "None"
    guard !ports.isEmpty || isHeadless else { throw fault(object, target, "spec.ports", "Required value") }
    for (index, port) in ports.enumerated() {
      guard let number = port["port"]?.integer, (1...65_535).contains(number) else {
        throw fault(
          object, target, "spec.ports[\(index)].port", "Invalid value: must be between 1 and 65535, inclusive")
      }
    }
  }

  private static func fault(
    _ object: ManifestValue, _ target: RequestTarget, _ field: String, _ why: String
  ) -> APIStatus {
    .invalid(
      target.kind, object[["metadata", "name"]]?.string ?? target.name ?? "", field: field, why,
      cause: why.hasPrefix("Required") ? "FieldValueRequired" : "FieldValueInvalid")
  }
}
