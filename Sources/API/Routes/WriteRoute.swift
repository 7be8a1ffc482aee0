import Exposition
import HTTPTypes
import Hummingbird
import Model
import NIOCore
import Ports
import RemoteWrite
import TimeSeries

/// `POST /api/v1/write`: remote write, 1.0 and 2.0.
struct WriteRoute: Sendable {
  let parts: ServerParts

  func add(to router: some RouterMethods<ServerContext>) {
    router.post("/api/v1/write") { request, _ in await write(request) }
  }

  private func write(_ request: Request) async -> Response {
    let fields = RemoteWriteHeaders(
      contentType: request.headers[.contentType], contentEncoding: request.headers[.contentEncoding],
      version: request.headers[.remoteWriteVersion])
    let limits = parts.receiver.store.limits
    let body: ByteBuffer
    do { body = try await request.body.collect(upTo: limits.bodyBytes) } catch is NIOTooManyBytesError {
      return count(
        refusal(
          .tooLarge(
            message: "the body has more than \(limits.bodyBytes) bytes (\(limits.configurationPrefix).max_body_bytes); "
              + "send fewer samples in a request"), fields))
    } catch {
      return count(refusal(.badRequest(message: "nothing was stored: the body was cut off"), fields))
    }
    let outcome = body.withUnsafeReadableBytes {
      parts.receiver.receive($0, headers: fields, now: parts.time.now().milliseconds)
    }
    if outcome.report.samplesStored + outcome.report.histogramsStored > 0 { parts.samplesArrived() }
    return count(outcome)
  }

  /// An answer to a body that was not looked at; it carries its version, because 2.0 wants its counts always.
  private func refusal(_ status: WriteOutcome.Status, _ headers: RemoteWriteHeaders) -> WriteOutcome {
    guard case .version(let version) = headers.negotiated() else { return WriteOutcome(status: status, version: nil) }
    return WriteOutcome(status: status, version: version)
  }

  /// Counts the outcome and puts it into HTTP.
  private func count(_ outcome: WriteOutcome) -> Response {
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
    var headers = HTTPFields()
    for (name, value) in outcome.headers {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    let status = HTTPResponse.Status(code: outcome.statusCode)
    guard !outcome.message.isEmpty else { return Response(status: status, headers: headers) }
    headers[.contentType] = "text/plain; charset=utf-8"
    return Response(
      status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: outcome.message + "\n")))
  }
}

extension HTTPField.Name {
  static let remoteWriteVersion = HTTPField.Name("X-Prometheus-Remote-Write-Version")!
}
