public import TimeSeries

/// What the receiver answers to one request. Maps one to one to HTTP, of which it knows nothing else.
public struct WriteOutcome: Sendable, Hashable {
  /// How the request ended.
  public enum Status: Sendable, Hashable {
    /// Everything is stored.
    case accepted
    /// Something was bad; what was good is stored all the same. The sender must not retry.
    case badRequest(message: String)
    /// The content type or encoding is not one of remote write.
    case unsupportedMediaType(message: String)
    /// The body is larger than the limits allow. The sender must not retry.
    case tooLarge(message: String)
    /// Nothing was looked at; the sender shall try again later.
    case overloaded(message: String, retryAfterSeconds: Int)
    /// Nothing was stored because the log could not be written; the sender shall try again later.
    case storageFailure(message: String, retryAfterSeconds: Int)
  }

  /// How the request ended.
  public let status: Status
  /// The protocol that the request spoke, `nil` when that could not be told.
  public let version: RemoteWriteVersion?
  /// What was stored and what was not.
  public let report: WriteReport

  /// An outcome with these parts.
  public init(status: Status, version: RemoteWriteVersion?, report: WriteReport = WriteReport()) {
    self.status = status
    self.version = version
    self.report = report
  }

  /// The HTTP status code.
  public var statusCode: Int {
    switch status {
    case .accepted: 204
    case .badRequest: 400
    case .tooLarge: 413
    case .unsupportedMediaType: 415
    // Not 429: a Prometheus in its standard settings drops samples on 429, and sends them again on 503.
    case .overloaded: 503
    case .storageFailure: 503
    }
  }

  /// The response's text, empty when all went well.
  public var message: String {
    switch status {
    case .accepted: ""
    case .badRequest(let message), .unsupportedMediaType(let message), .tooLarge(let message): message
    case .overloaded(let message, _), .storageFailure(let message, _): message
    }
  }

  /// Seconds for the header Retry-After.
  public var retryAfterSeconds: Int? {
    switch status {
    case .overloaded(_, let seconds), .storageFailure(_, let seconds): seconds
    default: nil
    }
  }

  /// A short constant word for a metric's label.
  public var code: String {
    switch status {
    case .accepted: "accepted"
    case .badRequest: "bad_request"
    case .tooLarge: "too_large"
    case .unsupportedMediaType: "unsupported_media_type"
    case .overloaded: "overloaded"
    case .storageFailure: "storage_failure"
    }
  }

  /// Header fields of the answer, beside Content-Type: Retry-After where it applies, and the counts that 2.0 asks for.
  public var headers: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    if let retryAfterSeconds { fields.append(("Retry-After", String(retryAfterSeconds))) }
    if version == .v2 {
      // What the elected replica has sent in this one's place counts too, or the sender would take it for lost.
      let samples = report.samplesStored + report.samplesDeduplicated
      let histograms = report.histogramsStored + report.histogramsDeduplicated
      let exemplars = report.exemplarsStored + report.exemplarsDeduplicated
      fields.append(("X-Prometheus-Remote-Write-Samples-Written", String(samples)))
      fields.append(("X-Prometheus-Remote-Write-Histograms-Written", String(histograms)))
      fields.append(("X-Prometheus-Remote-Write-Exemplars-Written", String(exemplars)))
    }
    return fields
  }
}
