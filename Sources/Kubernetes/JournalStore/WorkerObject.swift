import Foundation
import Model
import Ports

/// A worker's object: some parts for people, and the whole record as text, which is what is believed.
struct WorkerSpec: Codable, Equatable, Sendable {
  var worker: String
  var pool: String
  var template: String
  var state: String
  var step: String?
  var machine: Int?
  var host: String?
  var address: String?
  var price: String
  /// As of the last change.
  var cost: String
  var createdAt: String
  var readyAt: String?
  var expiresAt: String?
  var billedFrom: String?
  var billedUntil: String?
  var reason: String
  var lastError: String?
  /// The entry that wrote it: an object is never brought back to an earlier one.
  var entry: Int
  /// The record's JSON. Text, because it holds numbers that the API server's floating point would change.
  var record: String
}

enum WorkerObject {
  /// A name that no other worker ever has: names of workers are used again, ids are not.
  static func name(of record: WorkerRecord) -> String {
    "\(plain(record.name.rawValue)).\(plain(record.id.rawValue))"
  }

  /// As it is where the API server takes it as a part of a name; otherwise its bytes in hexadecimal digits.
  private static func plain(_ text: String) -> String {
    let bytes = Array(text.utf8)
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    let isPlain =
      bytes.count <= 63 && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
      && bytes.first.map(isAlphanumeric) ?? false && bytes.last.map(isAlphanumeric) ?? false
    // "x--" begins no text of digits, so that no plain text is another's digits.
    if isPlain && !text.hasPrefix("x--") { return text }
    return "x--" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  static func spec(of record: WorkerRecord, entry: Int, now: Instant) throws(KubernetesError) -> WorkerSpec {
    let text: String
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      text = String(decoding: try encoder.encode(record), as: UTF8.self)
    } catch {
      throw KubernetesError(.invalid, "The record of \(record.name) cannot be written as JSON: \(error).")
    }
    return WorkerSpec(
      worker: record.name.rawValue, pool: record.pool.rawValue, template: record.template.rawValue,
      state: record.state.rawValue, step: record.step?.name, machine: record.machine?.rawValue,
      host: record.host?.rawValue, address: record.address, price: "\(record.price.perHour)",
      cost: "\(record.cost(until: now))", createdAt: record.createdAt.description,
      readyAt: record.readyAt?.description, expiresAt: record.timeToLive?.expiresAt.description,
      billedFrom: record.billedFrom?.description, billedUntil: record.billedUntil?.description,
      reason: record.reason.sentence, lastError: record.lastError, entry: entry, record: text)
  }

  static func record(in object: JournalObject) throws(KubernetesError) -> (record: WorkerRecord, entry: Int) {
    let spec = try object.spec(as: WorkerSpec.self)
    do {
      return (try JSONDecoder().decode(WorkerRecord.self, from: Data(spec.record.utf8)), spec.entry)
    } catch {
      throw KubernetesError(
        .malformed, "The worker object \(object.name) holds no record that this version can read: \(error).")
    }
  }
}
