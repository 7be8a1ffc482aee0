/// A request's id. The Model Context Protocol knows whole numbers and texts, and not null.
public enum RequestKey: Hashable, Sendable {
  case integer(Int64)
  case text(String)

  init?(_ value: JSONValue?) {
    switch value {
    case .integer(let number)?: self = .integer(number)
    case .text(let text)?: self = .text(text)
    default: return nil
    }
  }

  var value: JSONValue {
    switch self {
    case .integer(let number): .integer(number)
    case .text(let text): .text(text)
    }
  }
}

/// An error of JSON-RPC 2.0.
public struct RPCError: Error, Hashable, Sendable {
  public var code: Int64
  public var message: String

  public init(code: Int64, _ message: String) {
    self.code = code
    self.message = message
  }

  static func parse(_ message: String) -> RPCError { RPCError(code: -32700, message) }
  static func invalidRequest(_ message: String) -> RPCError { RPCError(code: -32600, message) }
  static func methodNotFound(_ message: String) -> RPCError { RPCError(code: -32601, message) }
  static func invalidParameters(_ message: String) -> RPCError { RPCError(code: -32602, message) }
  static func internalError(_ message: String) -> RPCError { RPCError(code: -32603, message) }
  /// Of the range that JSON-RPC leaves to servers.
  static func overloaded(_ message: String) -> RPCError { RPCError(code: -32000, message) }
  /// The code that the Model Context Protocol names for resources.
  static func resourceNotFound(_ message: String) -> RPCError { RPCError(code: -32002, message) }
}

/// One message of JSON-RPC 2.0.
enum RPCMessage: Hashable, Sendable {
  case request(RequestKey, method: String, parameters: JSONValue)
  case notification(method: String, parameters: JSONValue)
  case answer(RequestKey, Result<JSONValue, RPCError>)

  /// - Throws: the error with which a message that is none is to be answered, under its id when it has a usable one.
  init(_ value: JSONValue) throws(Refusal) {
    let key = RequestKey(value["id"])
    guard value.members != nil, value["jsonrpc"]?.string == "2.0" else {
      throw Refusal(key: key, error: .invalidRequest("A message is an object with \"jsonrpc\": \"2.0\"."))
    }
    guard let method = value["method"] else {
      self = try Self.answer(value, key)
      return
    }
    guard let method = method.string else {
      throw Refusal(key: key, error: .invalidRequest("\"method\" must be a text."))
    }
    let parameters = value["params"] ?? .object([:])
    guard parameters.members != nil else {
      throw Refusal(key: key, error: .invalidParameters("\"params\" must be an object."))
    }
    guard value["id"] != nil else {
      self = .notification(method: method, parameters: parameters)
      return
    }
    guard let key else {
      throw Refusal(key: nil, error: .invalidRequest("\"id\" must be a text or a whole number."))
    }
    self = .request(key, method: method, parameters: parameters)
  }

  struct Refusal: Error {
    var key: RequestKey?
    var error: RPCError
  }

  private static func answer(_ value: JSONValue, _ key: RequestKey?) throws(Refusal) -> RPCMessage {
    guard let key, value["result"] != nil || value["error"] != nil else {
      throw Refusal(key: key, error: .invalidRequest("A message has a \"method\", or an \"id\" and a \"result\"."))
    }
    guard let error = value["error"] else { return .answer(key, .success(value["result"]!)) }
    let message = error["message"]?.string ?? "The other side gave no reason."
    return .answer(key, .failure(RPCError(code: error["code"]?.wholeNumber ?? 0, message)))
  }

  /// The message as it is sent.
  var value: JSONValue {
    switch self {
    case .request(let key, let method, let parameters):
      ["jsonrpc": "2.0", "id": key.value, "method": .text(method), "params": parameters]
    case .notification(let method, let parameters):
      ["jsonrpc": "2.0", "method": .text(method), "params": parameters]
    case .answer(let key, .success(let result)): ["jsonrpc": "2.0", "id": key.value, "result": result]
    case .answer(let key, .failure(let error)): Self.failure(key, error)
    }
  }

  /// An error's message; without an id where the request's could not be read.
  static func failure(_ key: RequestKey?, _ error: RPCError) -> JSONValue {
    [
      "jsonrpc": "2.0", "id": key?.value ?? .null,
      "error": ["code": .integer(error.code), "message": .text(error.message)],
    ]
  }
}
