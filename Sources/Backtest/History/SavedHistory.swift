public import Foundation
import Model

/// A history in a file; `docs/format/history.md` describes it. Equal histories give equal bytes.
public enum SavedHistory {
  /// What every such file calls itself.
  public static let format = "poolkeeper-history"
  /// The form that this version writes, and the only one that it reads.
  public static let version = 1

  /// Why a file cannot be read, in a sentence.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
  }

  /// The file's content: JSON in one line, keys sorted, with a line's end.
  /// - Parameter program: the version of the program that writes it.
  public static func bytes(of history: History, program: String) throws -> Data {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(File(history, program: program)) + Data("\n".utf8)
  }

  /// Reads what `bytes` wrote.
  public static func history(from data: Data) throws(Fault) -> History {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
    let head: Head
    do { head = try decoder.decode(Head.self, from: data) } catch {
      throw Fault(description: "it is no history as \"poolkeeper backtest --save FILE\" writes it.")
    }
    guard head.format == format else {
      throw Fault(description: "it is a \(head.format), and no history.")
    }
    guard head.version == version else {
      throw Fault(
        description: "it has the form \(head.version), and this program reads the form \(version): "
          + "use poolkeeper \(head.program), which wrote it.")
    }
    do { return try decoder.decode(File.self, from: data).history() } catch let fault as Fault {
      throw fault
    } catch { throw Fault(description: explained(error)) }
  }

  private static func explained(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, let context): "\(place(context)) lacks \"\(key.stringValue)\"."
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      "\(place(context)) is not as it should be: \(context.debugDescription)"
    default: "it cannot be read."
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    "/" + context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "/")
  }

  /// What is there in every form.
  private struct Head: Decodable {
    var format: String
    var version: Int
    var program: String
  }

  // MARK: - The file

  private struct File: Codable {
    var format: String
    var version: Int
    var program: String
    var source: String
    var start: Instant
    var end: Instant
    var untold: [String]
    var pods: [Pod]
    var readings: [String: Readings]

    init(_ history: History, program: String) {
      format = SavedHistory.format
      version = SavedHistory.version
      self.program = program
      source = history.source
      start = history.start
      end = history.end
      untold = history.untold
      pods = history.pods.map(Pod.init)
      readings = Dictionary(
        uniqueKeysWithValues: history.readings.map { ($0.key.rawValue, Readings($0.value)) })
    }

    func history() throws -> History {
      guard end >= start else { throw Fault(description: "/end is before /start.") }
      var history = History(source: source, start: start, end: end, pods: pods.map { $0.recorded })
      history.pods.sort { ($0.createdAt, $0.pod.key) < ($1.createdAt, $1.pod.key) }
      history.untold = untold
      for (name, list) in readings {
        guard list.times.count == list.values.count else {
          throw Fault(description: "/readings/\(name) has \(list.times.count) times and \(list.values.count) values.")
        }
        history.readings[TriggerName(name)] = zip(list.times, list.values).map {
          Reading(value: $1, at: Instant(milliseconds: $0))
        }
      }
      return history
    }
  }

  private struct Readings: Codable {
    /// Milliseconds since the Unix epoch.
    var times: [Int64]
    var values: [Double]

    init(_ readings: [Reading]) {
      times = readings.map(\.at.milliseconds)
      values = readings.map(\.value)
    }
  }

  /// A pod; what is empty is left out.
  private struct Pod: Codable {
    var namespace: String
    var name: String
    var uid: String?
    var created: Instant
    var deleted: Instant?
    var runsForSeconds: Double?
    var cpuUse: Double
    var cpuMillicores: Int64?
    var memoryBytes: Int64?
    var ephemeralStorageBytes: Int64?
    var podSlots: Int64?
    var extended: [String: Int64]?
    var ownerKind: String?
    var ownerName: String?
    var priority: Int?
    var labels: [String: String]?
    var annotations: [String: String]?
    var nodeSelector: [String: String]?
    var tolerations: [Toleration]?
    var constraints: PodConstraints?
    var localVolumes: [String]?

    enum CodingKeys: String, CodingKey {
      case namespace, name, uid, created, deleted, extended, priority, labels, annotations, tolerations, constraints
      case runsForSeconds = "runs_for_seconds"
      case cpuUse = "cpu_use"
      case cpuMillicores = "cpu_millicores"
      case memoryBytes = "memory_bytes"
      case ephemeralStorageBytes = "ephemeral_storage_bytes"
      case podSlots = "pod_slots"
      case ownerKind = "owner_kind"
      case ownerName = "owner_name"
      case nodeSelector = "node_selector"
      case localVolumes = "local_volumes"
    }

    init(_ record: RecordedPod) {
      func some<T: Equatable>(_ value: T, _ empty: T) -> T? { value == empty ? nil : value }
      let pod = record.pod
      namespace = pod.key.namespace
      name = pod.key.name
      uid = some(pod.uid, "")
      created = record.createdAt
      deleted = record.deletedAt
      runsForSeconds = record.runsFor?.inSeconds
      cpuUse = record.cpuUse
      cpuMillicores = some(pod.requests.cpuMillicores, 0)
      memoryBytes = some(pod.requests.memoryBytes, 0)
      ephemeralStorageBytes = some(pod.requests.ephemeralStorageBytes, 0)
      podSlots = some(pod.requests.pods, 1)
      extended = some(pod.requests.extended, [:])
      ownerKind = pod.ownerKind
      ownerName = pod.ownerName
      priority = some(pod.priority, 0)
      labels = some(pod.labels, [:])
      annotations = some(pod.annotations, [:])
      nodeSelector = some(pod.nodeSelector, [:])
      tolerations = some(pod.tolerations, [])
      constraints = some(pod.constraints, .none)
      localVolumes = some(pod.localVolumes, [])
    }

    var recorded: RecordedPod {
      let requests = Resources(
        cpuMillicores: cpuMillicores ?? 0, memoryBytes: memoryBytes ?? 0,
        ephemeralStorageBytes: ephemeralStorageBytes ?? 0, pods: podSlots ?? 1, extended: extended ?? [:])
      var pod = PodObservation(
        key: PodKey(namespace: namespace, name: name), uid: uid ?? "", createdAt: created, phase: .pending,
        requests: requests)
      pod.unschedulable = true
      pod.ownerKind = ownerKind
      pod.ownerName = ownerName
      pod.priority = priority ?? 0
      pod.labels = labels ?? [:]
      pod.annotations = annotations ?? [:]
      pod.nodeSelector = nodeSelector ?? [:]
      pod.tolerations = tolerations ?? []
      pod.constraints = constraints ?? .none
      pod.localVolumes = localVolumes ?? []
      let length = runsForSeconds.map { Duration.milliseconds(Int64(($0 * 1000).rounded())) }
      var record = RecordedPod(pod: pod, createdAt: created, runsFor: length, deletedAt: deleted)
      record.cpuUse = cpuUse
      return record
    }
  }
}
