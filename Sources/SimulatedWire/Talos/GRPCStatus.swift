/// How a gRPC call ends.
struct GRPCStatus: Error, Hashable {
  /// The codes that the simulated machines use. Source: gRPC, status codes.
  enum Code: Int {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case unimplemented = 12
    case `internal` = 13
    case unavailable = 14
  }

  var code: Int
  var message: String

  init(_ code: Code, _ message: String = "") {
    self.code = code.rawValue
    self.message = message
  }

  init(code: Int, message: String) {
    self.code = code
    self.message = message
  }

  static let ok = GRPCStatus(.ok)

  /// The message as a header holds it: bytes that are not plain are written as `%XX`.
  var encodedMessage: String {
    var text = ""
    for byte in message.utf8 {
      if byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return text
  }
}
