import CCurl
import Synchronization

/// One request on its way.
///
/// `@unchecked Sendable`: made by the caller, and from the post to the loop on touched by the loop's thread alone, apart
/// from the atomic flag.
final class Transfer: @unchecked Sendable {
  let request: HTTPRequest
  let deadline: ContinuousClock.Instant
  /// For an answer whose body is handed out as it comes: where to, and how long that may take.
  let stream: (buffer: StreamBuffer, limits: HTTPStreamLimits)?
  let isCancelled = Atomic(false)
  /// Takes the whole answer, or a stream's head.
  var continuation: CheckedContinuation<Result<HTTPResponse, HTTPTransportError>, Never>?

  /// libcurl's easy handle, from `prepare` to `release`.
  private(set) var handle: UnsafeMutableRawPointer?
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var routeList: UnsafeMutablePointer<curl_slist>?
  private var errorText: UnsafeMutablePointer<CChar>?

  private var headers: [HTTPHeader] = []
  private var reason = ""
  private var body: [UInt8] = []
  private var isTooLarge = false
  /// When the last byte came, or was taken by a consumer for whom the server had to wait.
  private var lastActivity = ContinuousClock.now
  private(set) var isPaused = false
  private var isHeadDelivered = false
  private var pin: (fingerprint: CertificateFingerprint, connections: PinnedConnections)?
  private var isPinViolated = false

  init(_ request: HTTPRequest, deadline: ContinuousClock.Instant) {
    self.request = request
    self.deadline = deadline
    stream = nil
  }

  init(_ request: HTTPRequest, into buffer: StreamBuffer, limits: HTTPStreamLimits) {
    self.request = request
    deadline = .now + limits.head
    stream = (buffer, limits)
  }

  deinit { release() }

  /// Gives the caller its answer, and a stream its end; what comes after the first is ignored.
  func finish(_ result: Result<HTTPResponse, HTTPTransportError>) {
    stream?.buffer.finish(result.map { _ in })
    continuation?.resume(returning: result)
    continuation = nil
  }

  /// When a stream is to be given up unless something comes; `nil` for other transfers and while its consumer is slow.
  var quietUntil: ContinuousClock.Instant? {
    guard let stream, !isPaused else { return nil }
    return isHeadDelivered ? lastActivity + stream.limits.idle : deadline
  }

  /// What a stream ends with that was quiet for too long.
  var quietError: HTTPTransportError {
    let message =
      isHeadDelivered
      ? "Nothing came for \(stream.map { "\($0.limits.idle)" } ?? "too long"); the connection may be dead."
      : wasConnected ? "No answer before the deadline." : "No connection before the deadline."
    return HTTPTransportError(.timedOut, message, request: request, mayHaveBeenSent: wasConnected)
  }

  /// Goes on with a stream whose consumer has made room.
  func goOn() {
    guard isPaused, let handle else { return }
    isPaused = false
    lastActivity = .now
    curl_easy_pause(handle, CURLPAUSE_CONT)
  }

  /// Whether a connection stood, so that the request may have left.
  var wasConnected: Bool { handle.map { poolkeeper_curl_ready_to_send($0) > 0 } ?? false }

  func error(_ code: HTTPTransportError.Code, mayHaveBeenSent: Bool = false) -> HTTPTransportError {
    let message =
      switch code {
      case .timedOut: "Its turn did not come before the deadline: too many requests are in flight."
      case .cancelled: "The caller gave up."
      case .closed: "The client has been shut down."
      case .overloaded: "Too many requests wait already; try again later."
      case .responseTooLarge: "The answer is longer than \(request.maximumResponseBytes) bytes; ask for less at a time."
      case .untrusted:
        "The server's certificate does not have the pinned fingerprint; compare it with the server's own."
      case .invalidRequest, .unreachable, .interrupted: "The request could not be prepared."
      }
    return HTTPTransportError(code, message, request: request, mayHaveBeenSent: mayHaveBeenSent)
  }

  /// Makes libcurl's handle.
  func prepare(
    _ configuration: HTTPClientConfiguration, pinned: PinnedConnections
  ) -> Result<UnsafeMutableRawPointer, HTTPTransportError> {
    guard let handle = curl_easy_init() else { return .failure(error(.interrupted)) }
    self.handle = handle
    if case .fingerprint(let fingerprint) = configuration.trust { pin = (fingerprint, pinned) }
    var options = EasyOptions(handle)
    apply(to: &options, configuration)
    options.apply(configuration.trust)
    if let identity = configuration.identity { options.apply(identity) }
    guard options.failure == CURLE_OK else {
      return .failure(HTTPTransportError(options.failure, detail: "", request: request, wasConnected: false))
    }
    return .success(handle)
  }

  private func apply(to options: inout EasyOptions, _ configuration: HTTPClientConfiguration) {
    applyTimes(to: &options)
    var route = configuration.serverName.flatMap { RenamedServer(url: request.url, serverName: $0) }
    if request.headers.contains(where: { $0.name.lowercased() == "host" }) { route?.hostHeader = nil }
    options.set(CURLOPT_URL, route?.url ?? request.url)
    if let route {
      routeList = curl_slist_append(nil, route.connectTo)
      options.set(CURLOPT_CONNECT_TO, pointer: routeList)
    }
    options.set(CURLOPT_PROTOCOLS_STR, "http,https")
    options.set(CURLOPT_PROXY, "")
    options.set(CURLOPT_NOSIGNAL, 1)
    options.set(CURLOPT_FOLLOWLOCATION, 0)
    // A stream has its connection for itself: one that is held for its consumer must not hold up others.
    options.set(CURLOPT_HTTP_VERSION, Int(stream == nil ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
    options.set(CURLOPT_USERAGENT, configuration.userAgent)
    if !request.isRepeatable { options.set(CURLOPT_FRESH_CONNECT, 1) }

    if let body = request.body {
      options.set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: body.count)
      options.copy(CURLOPT_COPYPOSTFIELDS, body)
    } else if ["POST", "PUT", "PATCH"].contains(request.method) {
      options.set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: 0)
      options.copy(CURLOPT_COPYPOSTFIELDS, [])
    }
    if request.method == "HEAD" { options.set(CURLOPT_NOBODY, 1) }
    options.set(CURLOPT_CUSTOMREQUEST, request.method)

    // An empty value takes a field away that libcurl would add by itself.
    let defaults = [HTTPHeader("Content-Type", ""), HTTPHeader("Expect", "")]
    let own = Set(request.headers.map { $0.name.lowercased() })
    for header in defaults where !own.contains(header.name.lowercased()) {
      headerList = curl_slist_append(headerList, header.name + ":")
    }
    if let host = route?.hostHeader { headerList = curl_slist_append(headerList, "Host: \(host)") }
    for header in request.headers {
      // libcurl wants a semicolon for a field that is there but empty.
      let line = header.value.isEmpty ? header.name + ";" : "\(header.name): \(header.value)"
      headerList = curl_slist_append(headerList, line)
    }
    options.set(CURLOPT_HTTPHEADER, pointer: headerList)

    let text = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    text.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    errorText = text
    options.set(CURLOPT_ERRORBUFFER, pointer: text)
    setCallbacks(&options)
  }

  private func applyTimes(to options: inout EasyOptions) {
    func milliseconds(_ duration: Duration) -> Int { max(1, Int((duration / .milliseconds(1)).rounded(.up))) }
    if let stream {
      // The loop watches over a stream's head and its quiet times.
      options.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(stream.limits.head))
      if let total = stream.limits.total { options.set(CURLOPT_TIMEOUT_MS, milliseconds(total)) }
    } else {
      options.set(CURLOPT_TIMEOUT_MS, milliseconds(deadline - .now))
    }
    options.set(CURLOPT_TCP_KEEPALIVE, 1)
    options.set(CURLOPT_TCP_KEEPIDLE, KeepAlive.idleSeconds)
    options.set(CURLOPT_TCP_KEEPINTVL, KeepAlive.intervalSeconds)
  }

  private func setCallbacks(_ options: inout EasyOptions) {
    // Not retained: the loop keeps the transfer for as long as libcurl has the handle.
    let context = Unmanaged.passUnretained(self).toOpaque()
    options.set(CURLOPT_HEADERDATA, pointer: context)
    options.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    options.set(CURLOPT_WRITEDATA, pointer: context)
    options.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    guard pin != nil else { return }
    options.set(CURLOPT_PREREQDATA, pointer: context)
    options.setConnectedCallback { context, remote, local, remotePort, localPort in
      guard let context, let remote, let local else { return CURL_PREREQFUNC_ABORT }
      let connection = "\(String(cString: local)) \(localPort) \(String(cString: remote)) \(remotePort)"
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.isConnectionTrusted(connection) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
  }

  /// Frees what libcurl was given. The handle must not be with the multi handle any more.
  func release() {
    if let handle { curl_easy_cleanup(handle) }
    handle = nil
    if let headerList { curl_slist_free_all(headerList) }
    headerList = nil
    if let routeList { curl_slist_free_all(routeList) }
    routeList = nil
    errorText?.deallocate()
    errorText = nil
  }
}

// MARK: What comes back

extension Transfer {
  /// One line of the answer's head. A new status line (after 100 Continue) begins anew.
  private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
    let line = String(decoding: bytes, as: UTF8.self)
    lastActivity = .now
    if line == "\r\n" || line == "\n" {
      deliverHead()
    } else if line.hasPrefix("HTTP/") {
      headers = []
      // Version, status, and the rest of the line, which may hold spaces.
      let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      reason = parts.count > 2 ? String(parts[2].prefix { !$0.isNewline }) : ""
    } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
      let value = line[line.utf8.index(after: colon)...].drop(while: \.isWhitespace)
      let trimmed = String(value.reversed().drop(while: \.isWhitespace).reversed())
      headers.append(HTTPHeader(String(line[..<colon]), trimmed))
    }
    return bytes.count
  }

  /// At the end of the head of a streamed answer, unless it only announces the one that counts (1xx).
  private func deliverHead() {
    guard stream != nil, !isHeadDelivered, let handle else { return }
    let status = poolkeeper_curl_status(handle)
    guard status >= 200 else { return }
    isHeadDelivered = true
    continuation?.resume(returning: .success(HTTPResponse(status: status, headers: headers)))
    continuation = nil
  }

  /// A part of the body. Any other number than its own length makes libcurl give up, or hold the transfer.
  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    lastActivity = .now
    if let stream {
      guard stream.buffer.push(bytes) else {
        isPaused = true
        return Int(CURL_WRITEFUNC_PAUSE)
      }
      return bytes.count
    }
    guard body.count + bytes.count <= request.maximumResponseBytes else {
      isTooLarge = true
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  /// Called when a connection stands and before anything is sent on it.
  private func isConnectionTrusted(_ connection: String) -> Bool {
    guard let pin, let handle else { return false }
    var field = poolkeeper_curl_peer_certificate(handle)
    guard field != nil else {
      // No handshake for this transfer: the connection is one that an earlier transfer made.
      isPinViolated = !pin.connections.contains(connection)
      return !isPinViolated
    }
    var fingerprint: CertificateFingerprint?
    while let entry = field?.pointee {
      let text = String(cString: entry.data)
      if text.hasPrefix("Cert:") { fingerprint = CertificateFingerprint(pem: text) }
      field = entry.next
    }
    isPinViolated = fingerprint != pin.fingerprint
    if isPinViolated {
      pin.connections.remove(connection)
      _ = poolkeeper_curl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
    } else {
      pin.connections.insert(connection)
    }
    return !isPinViolated
  }

  /// The caller's answer for libcurl's result.
  func result(of code: CURLcode) -> Result<HTTPResponse, HTTPTransportError> {
    guard let handle else { return .failure(error(.interrupted)) }
    if code == CURLE_OK {
      return .success(
        HTTPResponse(status: poolkeeper_curl_status(handle), headers: headers, body: body, reason: reason))
    }
    if isTooLarge { return .failure(error(.responseTooLarge, mayHaveBeenSent: true)) }
    if isPinViolated { return .failure(error(.untrusted)) }
    let detail = errorText.map { String(cString: $0) } ?? ""
    return .failure(HTTPTransportError(code, detail: detail, request: request, wasConnected: wasConnected))
  }
}
