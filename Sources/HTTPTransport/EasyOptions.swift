import CCurl

/// Sets options of an easy handle and remembers the first that libcurl refused.
struct EasyOptions {
  private let handle: UnsafeMutableRawPointer
  private(set) var failure = CURLE_OK

  init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

  private mutating func note(_ result: CURLcode) { if failure == CURLE_OK { failure = result } }

  mutating func set(_ option: CURLoption, _ value: Int) { note(poolkeeper_curl_set_long(handle, option, value)) }

  mutating func set(_ option: CURLoption, bytes: Int) {
    note(poolkeeper_curl_set_size(handle, option, curl_off_t(bytes)))
  }

  mutating func set(_ option: CURLoption, _ value: String) {
    note(value.withCString { poolkeeper_curl_set_pointer(handle, option, $0) })
  }

  /// The memory must last as long as the handle.
  mutating func set(_ option: CURLoption, pointer: UnsafeRawPointer?) {
    note(poolkeeper_curl_set_pointer(handle, option, pointer))
  }

  mutating func set(_ option: CURLoption, _ callback: poolkeeper_curl_data_callback) {
    note(poolkeeper_curl_set_data_callback(handle, option, callback))
  }

  mutating func setConnectedCallback(_ callback: poolkeeper_curl_connected_callback) {
    note(poolkeeper_curl_set_connected_callback(handle, callback))
  }

  /// For options that copy as many bytes as the handle was told of before.
  mutating func copy(_ option: CURLoption, _ bytes: [UInt8]) {
    // Of an empty array there is no address, and none would mean that there is no body.
    note((bytes.isEmpty ? [0] : bytes).withUnsafeBytes { poolkeeper_curl_set_pointer(handle, option, $0.baseAddress) })
  }

  private mutating func set(_ source: PEMSource, file: CURLoption, bytes: CURLoption) {
    switch source {
    case .file(let path): set(file, path)
    case .bytes(let pem):
      note(pem.withUnsafeBytes { poolkeeper_curl_set_blob(handle, bytes, $0.baseAddress, $0.count) })
    }
  }

  mutating func apply(_ trust: ServerTrust) {
    switch trust {
    case .system: break
    case .authorities(let source):
      set(source, file: CURLOPT_CAINFO, bytes: CURLOPT_CAINFO_BLOB)
      // libcurl's build may name a directory of authorities besides; only those given are to count.
      set(CURLOPT_CAPATH, pointer: nil)
    case .fingerprint:
      // The connected callback takes the place of both checks; a resumed session would show it no certificate.
      set(CURLOPT_SSL_VERIFYPEER, 0)
      set(CURLOPT_SSL_VERIFYHOST, 0)
      set(CURLOPT_CERTINFO, 1)
      set(CURLOPT_SSL_SESSIONID_CACHE, 0)
    }
  }

  mutating func apply(_ identity: ClientIdentity) {
    set(identity.certificate, file: CURLOPT_SSLCERT, bytes: CURLOPT_SSLCERT_BLOB)
    set(identity.key, file: CURLOPT_SSLKEY, bytes: CURLOPT_SSLKEY_BLOB)
  }
}
