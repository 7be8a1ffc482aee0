public import Model

/// The body of `POST /api/v1/pools/POOL/scale`.
public struct ScaleBody: Codable, Sendable, Equatable {
  /// Workers to add, 1 or more.
  public var workers: Int
  /// The kind of worker; the pool's default when absent.
  public var template: TemplateName?
  /// Hours, fractions allowed.
  public var ttlHours: Double?
  /// The same id sent twice is one order.
  public var requestID: RequestID?
  /// Why, in the operator's words; for events and the audit log.
  public var reason: String?

  enum CodingKeys: String, CodingKey {
    case workers, template, ttlHours, reason
    case requestID = "requestId"
  }

  /// Reads an order; a number that does not fit is an error at its key.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    workers = try container.number(forKey: .workers) { try $0.decode(Int.self, forKey: .workers) }
    template = try container.decodeIfPresent(TemplateName.self, forKey: .template)
    ttlHours = try container.number(forKey: .ttlHours) { try $0.decodeIfPresent(Double.self, forKey: .ttlHours) }
    requestID = try container.decodeIfPresent(RequestID.self, forKey: .requestID)
    reason = try container.decodeIfPresent(String.self, forKey: .reason)
  }

  /// An order for workers.
  public init(
    workers: Int, template: TemplateName? = nil, ttlHours: Double? = nil, requestID: RequestID? = nil,
    reason: String? = nil
  ) {
    self.workers = workers
    self.template = template
    self.ttlHours = ttlHours
    self.requestID = requestID
    self.reason = reason
  }
}

/// The body of `POST /api/v1/approvals/ID/approve` and `/reject`.
public struct AnswerBody: Codable, Sendable, Equatable {
  /// Why, in the words of whoever answers.
  public var reason: String?

  /// An answer, with or without a reason.
  public init(reason: String? = nil) { self.reason = reason }
}

/// The body of `POST /api/v1/workers/NAME/extend`.
public struct ExtendBody: Codable, Sendable, Equatable {
  /// Hours, fractions allowed; the configured length when absent.
  public var hours: Double?
  /// Why, in the operator's words; for events and the audit log.
  public var reason: String?

  enum CodingKeys: String, CodingKey {
    case hours, reason
  }

  /// Reads an extension; a number that does not fit is an error at its key.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    hours = try container.number(forKey: .hours) { try $0.decodeIfPresent(Double.self, forKey: .hours) }
    reason = try container.decodeIfPresent(String.self, forKey: .reason)
  }

  /// An extension.
  public init(hours: Double? = nil, reason: String? = nil) {
    self.hours = hours
    self.reason = reason
  }
}

/// The answer to an order for workers.
public struct RequestView: Codable, Sendable, Equatable {
  /// The order's id, given or made.
  public var id: RequestID
  /// The pool that was asked.
  public var pool: PoolName
  /// Workers asked for.
  public var workers: Int
  /// The kind of worker; the pool's default when absent.
  public var template: TemplateName?
  /// Seconds; absent for the pool's default.
  public var timeToLiveSeconds: Int64?
  /// When it was asked.
  public var askedAt: Instant
  /// How many of them have an intent already.
  public var served: Int
  /// The approval that it waits for; absent when it needs none or has it.
  public var waitsForApproval: ApprovalID?

  /// The view of a request.
  public init(_ request: ScaleRequest) {
    id = request.id
    pool = request.pool
    workers = request.workers
    template = request.template
    timeToLiveSeconds = request.timeToLive.map { $0.milliseconds / 1000 }
    askedAt = request.askedAt
    served = request.served
    waitsForApproval = request.waitsFor
  }
}

/// What every control endpoint answers when it does not do what was asked.
public struct ErrorView: Codable, Sendable, Equatable {
  /// The error itself.
  public struct Body: Codable, Sendable, Equatable {
    /// Short and constant.
    public var code: String
    /// A sentence that says what would help.
    public var message: String
  }

  /// What went wrong.
  public var error: Body

  /// An error with its code and its sentence.
  public init(code: String, message: String) { error = Body(code: code, message: message) }
}

extension KeyedDecodingContainer {
  /// What `read` reads. Some decoders tell of a number that does not fit without saying where it stands; this says it.
  fileprivate func number<Value>(forKey key: Key, _ read: (Self) throws -> Value) throws -> Value {
    do { return try read(self) } catch let error as DecodingError { throw error } catch {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self, debugDescription: "the number is too large, or has a fraction where none can be.")
    }
  }
}
