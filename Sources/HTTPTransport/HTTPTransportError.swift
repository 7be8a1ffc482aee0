import CCurl

/// Why there is no answer. Texts never hold a header, a body, a query or a password.
public struct HTTPTransportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Short and constant, so that it can be a metric's label.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The request is malformed; it was not sent.
    case invalidRequest = "invalid_request"
    /// No such host, nobody listens there, no route.
    case unreachable
    /// The certificate is not one that we trust, or TLS could not be agreed on.
    case untrusted
    /// No complete answer before the deadline.
    case timedOut = "timed_out"
    /// The connection broke, or what came was no HTTP.
    case interrupted
    /// The answer's body is longer than the request allows.
    case responseTooLarge = "response_too_large"
    /// Too many requests wait already.
    case overloaded
    /// The calling task was cancelled.
    case cancelled
    /// The client has been shut down.
    case closed
  }

  /// What went wrong, for programs.
  public var code: Code
  /// What went wrong, and what would help: a sentence or two for people.
  public var message: String
  /// Method and address, without query.
  public var request: String
  /// Whether the server may have received the request and acted on it: look before sending it again.
  public var mayHaveBeenSent: Bool

  /// `message` with the request that it is about.
  public var description: String { "\(request): \(message)" }

  init(_ code: Code, _ message: String, request: HTTPRequest, mayHaveBeenSent: Bool = false) {
    self.code = code
    self.message = message
    self.request = request.summary
    self.mayHaveBeenSent = mayHaveBeenSent
  }
}

extension HTTPTransportError {
  /// Sorts libcurl's result codes.
  /// - Parameter detail: libcurl's own words; they name hosts, ports and files, never what was sent.
  init(_ result: CURLcode, detail: String, request: HTTPRequest, wasConnected: Bool) {
    let reason = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
    switch result {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT:
      self.init(.invalidRequest, "The URL cannot be used: \(reason).", request: request)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED:
      self.init(.unreachable, "\(reason). Check the address, the network and that the server runs.", request: request)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
      self.init(
        .untrusted, "\(reason). Name the right CA file, client certificate or fingerprint for this server.",
        request: request)
    case CURLE_OPERATION_TIMEDOUT:
      self.init(
        .timedOut, wasConnected ? "No complete answer before the deadline." : "No connection before the deadline.",
        request: request, mayHaveBeenSent: wasConnected)
    default:
      self.init(.interrupted, "\(reason).", request: request, mayHaveBeenSent: wasConnected)
    }
  }
}
