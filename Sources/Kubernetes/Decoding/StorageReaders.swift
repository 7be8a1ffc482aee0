import Model

/// A claim of storage as far as scheduling goes.
struct ClaimRecord: Hashable, Sendable {
  /// The volume that it is bound to, or is about to be.
  var volume: String?
  var isBound = false
  /// `nil`: the server has not put the default in yet.
  var storageClass: String?
  var requestedBytes: Int64 = 0
  /// Access mode ReadWriteOncePod.
  var isForOnePod = false
}

/// A volume as far as scheduling goes.
struct VolumeRecord: Hashable, Sendable {
  var nodeAffinity: [NodeSelectorTerm] = []
  var storageClass = ""
  var capacityBytes: Int64 = 0
  /// Of a CSI volume.
  var driver: String?
  /// No claim has it.
  var isAvailable = false
}

/// A storage class as far as scheduling goes.
struct StorageClassRecord: Hashable, Sendable {
  var provisioner = ""
  var waitsForFirstConsumer = false
  /// Alternatives; empty: anywhere.
  var allowedTopologies: [NodeSelectorTerm] = []
}

/// Reads claims, volumes, storage classes and the limits of nodes.
enum StorageReaders {
  /// v1 PersistentVolumeClaim.
  static func claim(_ json: inout JSONPull) -> ReadObject<ClaimRecord> {
    WorkloadReaders.read(&json) { json, metadata in
      var claim = ClaimRecord()
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        case "spec":
          json.members { json, key in
            switch key {
            case "volumeName": claim.volume = json.text().flatMap { $0.isEmpty ? nil : $0 }
            case "storageClassName": claim.storageClass = json.text(isShared: true)
            case "accessModes": claim.isForOnePod = json.textList().contains("ReadWriteOncePod")
            case "resources":
              json.members { json, key in
                switch key {
                case "requests":
                  json.members { json, key in
                    switch key {
                    case "storage": claim.requestedBytes = json.quantity(scale: 1)
                    default: json.skip()
                    }
                  }
                default: json.skip()
                }
              }
            default: json.skip()
            }
          }
        case "status": claim.isBound = json.member("phase") == "Bound"
        default: json.skip()
        }
      }
      return claim
    }
  }

  /// v1 PersistentVolume.
  static func volume(_ json: inout JSONPull) -> ReadObject<VolumeRecord> {
    WorkloadReaders.read(&json) { json, metadata in
      var volume = VolumeRecord()
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        case "status": volume.isAvailable = json.member("phase") == "Available"
        case "spec":
          json.members { json, key in
            switch key {
            case "storageClassName": volume.storageClass = json.text(isShared: true) ?? ""
            case "csi": volume.driver = json.member("driver")
            case "capacity":
              json.members { json, key in
                switch key {
                case "storage": volume.capacityBytes = json.quantity(scale: 1)
                default: json.skip()
                }
              }
            case "nodeAffinity":
              json.members { json, key in
                switch key {
                case "required": volume.nodeAffinity = json.nodeSelector()
                default: json.skip()
                }
              }
            default: json.skip()
            }
          }
        default: json.skip()
        }
      }
      return volume
    }
  }

  /// storage.k8s.io/v1 StorageClass.
  static func storageClass(_ json: inout JSONPull) -> ReadObject<StorageClassRecord> {
    WorkloadReaders.read(&json) { json, metadata in
      var storageClass = StorageClassRecord()
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        case "provisioner": storageClass.provisioner = json.text() ?? ""
        case "volumeBindingMode": storageClass.waitsForFirstConsumer = json.text() == "WaitForFirstConsumer"
        case "allowedTopologies": storageClass.allowedTopologies = json.list { topologyTerm(&$0) }
        default: json.skip()
        }
      }
      return storageClass
    }
  }

  private static func topologyTerm(_ json: inout JSONPull) -> NodeSelectorTerm? {
    var term = NodeSelectorTerm()
    json.members { json, key in
      switch key {
      case "matchLabelExpressions":
        term.expressions = json.list { json in
          var requirement = LabelRequirement(key: "", operator: .in)
          json.members { json, key in
            switch key {
            case "key": requirement.key = json.text() ?? ""
            case "values": requirement.values = json.textList()
            default: json.skip()
            }
          }
          return requirement
        }
      default: json.skip()
      }
    }
    return term
  }

  /// storage.k8s.io/v1 CSINode: how many volumes of each driver may be attached to the node of the same name.
  static func attachmentLimits(_ json: inout JSONPull) -> ReadObject<[String: Int]> {
    WorkloadReaders.read(&json) { json, metadata in
      var limits: [String: Int] = [:]
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        case "spec":
          json.members { json, key in
            switch key {
            case "drivers":
              _ = json.list { json -> Int? in
                var name = ""
                var count: Int?
                json.members { json, key in
                  switch key {
                  case "name": name = json.text() ?? ""
                  case "allocatable":
                    json.members { json, key in
                      switch key {
                      case "count": count = json.integer()
                      default: json.skip()
                      }
                    }
                  default: json.skip()
                  }
                }
                if let count { limits[name] = count }
                return nil
              }
            default: json.skip()
            }
          }
        default: json.skip()
        }
      }
      return limits
    }
  }
}
