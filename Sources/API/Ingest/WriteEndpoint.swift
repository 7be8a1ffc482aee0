import Exposition
import HTTPTypes
import Model
import NIOCore
import Ports
import RemoteWrite
import TimeSeries

/// Remote write, 1.0 and 2.0, between HTTP and the receiver: one request's body in, one answer out.
struct WriteEndpoint: Sendable {
  static let path = "/api/v1/write"

  /// What goes back to the sender.
  struct Answer {
    let status: HTTPResponse.Status
    var headers = HTTPFields()
    /// Empty when all went well.
    var text = ""
  }

  /// Why a body never reached the receiver.
  enum Refusal {
    case tooLarge
    case cutOff
    /// Bodies that are on their way take all the memory that they may take together.
    case tooManyPending
  }

  /// Memory of the bodies that are on their way.
  let pending = PendingBodies(limit: ServerLimits.pendingBodies)
  private let parts: ServerParts

  init(parts: ServerParts) {
    self.parts = parts
    // There from the start, so that the first of them is seen by increase().
    parts.registry.update { table in
      table.increment(.remoteWriteSamples, by: 0)
      for code in ["204", "400", "413", "415", "503"] { table.increment(.remoteWriteRequests, by: 0, labels: [code]) }
      for reason in Rejection.allCases {
        table.increment(.remoteWriteRejectedSamples, by: 0, labels: [reason.rawValue])
      }
    }
  }

  /// Bytes of one body, as it comes.
  var bodyLimit: Int { parts.receiver.store.limits.bodyBytes }

  /// Stores a request's samples; when the answer is 204 they are in the log.
  func store(_ body: ByteBuffer, headers: HTTPFields) -> Answer {
    let outcome = body.withUnsafeReadableBytes {
      parts.receiver.receive($0, headers: fields(headers), now: parts.time.now().milliseconds)
    }
    if outcome.report.samplesStored + outcome.report.histogramsStored > 0 { parts.samplesArrived() }
    return count(outcome)
  }

  /// The answer to a body that was not looked at.
  func refuse(_ refusal: Refusal, headers: HTTPFields) -> Answer {
    let limits = parts.receiver.store.limits
    let status: WriteOutcome.Status =
      switch refusal {
      case .tooLarge:
        .tooLarge(
          message: "the body has more than \(limits.bodyBytes) bytes (\(limits.configurationPrefix).max_body_bytes); "
            + "send fewer samples in a request")
      case .cutOff: .badRequest(message: "nothing was stored: the body was cut off")
      case .tooManyPending:
        .overloaded(
          message: "bodies that are on their way take more than \(pending.limit) bytes; "
            + "use fewer shards or smaller requests",
          retryAfterSeconds: 1)
      }
    // The answer carries its version, because 2.0 wants its counts always.
    guard case .version(let version) = fields(headers).negotiated() else {
      return count(WriteOutcome(status: status, version: nil))
    }
    return count(WriteOutcome(status: status, version: version))
  }

  private func fields(_ headers: HTTPFields) -> RemoteWriteHeaders {
    RemoteWriteHeaders(
      contentType: headers[.contentType], contentEncoding: headers[.contentEncoding],
      version: headers[.remoteWriteVersion])
  }

  /// Counts the outcome and puts it into HTTP.
  private func count(_ outcome: WriteOutcome) -> Answer {
    let report = outcome.report
    parts.registry.update { table in
      table.increment(.remoteWriteRequests, labels: [String(outcome.statusCode)])
      table.increment(.remoteWriteSamples, by: Double(report.samplesStored + report.histogramsStored))
      if report.deduplicatedCount > 0 {
        table.increment(.remoteWriteDeduplicatedSamples, by: Double(report.deduplicatedCount))
      }
      for rejected in report.rejected {
        table.increment(
          .remoteWriteRejectedSamples, by: Double(rejected.count), labels: [rejected.reason.rawValue])
      }
    }
    var answer = Answer(status: HTTPResponse.Status(code: outcome.statusCode))
    for (name, value) in outcome.headers {
      if let name = HTTPField.Name(name) { answer.headers[name] = value }
    }
    guard !outcome.message.isEmpty else { return answer }
    answer.headers[.contentType] = "text/plain; charset=utf-8"
    answer.text = outcome.message + "\n"
    return answer
  }
}

extension HTTPField.Name {
  static let remoteWriteVersion = HTTPField.Name("X-Prometheus-Remote-Write-Version")!
}
