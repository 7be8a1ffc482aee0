/// The name of a task: `UPID:NODE:PID:PSTART:STARTTIME:TYPE:ID:USER:` with hexadecimal numbers.
struct UPID: Sendable, Hashable, CustomStringConvertible {
  var node: String
  var processID: UInt64
  var processStart: UInt64
  /// Seconds since the Unix epoch.
  var startTime: UInt64
  /// For example `qmclone`.
  var type: String
  /// What it works on; of `qmclone` the source's number. May be empty.
  var id: String
  /// `USER@REALM`, with `!TOKEN` behind it for a token.
  var user: String

  /// `nil` for what is no task's name.
  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 9, parts[0] == "UPID", parts[8].isEmpty, Self.isName(parts[1]), !parts[5].isEmpty,
      !parts[7].isEmpty, parts[2].count == 8, (8...9).contains(parts[3].count), parts[4].count == 8,
      let processID = UInt64(parts[2], radix: 16), let processStart = UInt64(parts[3], radix: 16),
      let startTime = UInt64(parts[4], radix: 16)
    else { return nil }
    node = parts[1]
    self.processID = processID
    self.processStart = processStart
    self.startTime = startTime
    type = parts[5]
    id = parts[6]
    user = parts[7]
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
      }
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  var description: String {
    let numbers = [processID, processStart, startTime].map(Self.hexadecimal).joined(separator: ":")
    return "UPID:\(node):\(numbers):\(type):\(id):\(user):"
  }
}

/// How a task stands, or ended.
enum TaskStatus: Sendable, Hashable {
  case running
  /// With the server's words where there were warnings.
  case succeeded(warnings: String?)
  case failed(String)
  /// Nobody knows any more: only what it worked on can tell.
  case unknown

  /// Of an answer of `tasks/UPID/status`.
  init(_ answer: JSONValue) {
    guard answer["status"]?.text == "stopped" else {
      self = answer["status"]?.text == "running" ? .running : .unknown
      return
    }
    switch answer["exitstatus"]?.text {
    case "OK": self = .succeeded(warnings: nil)
    case let text? where text.hasPrefix("WARNINGS"): self = .succeeded(warnings: text)
    case nil, "": self = .unknown
    case let text?: self = .failed(text)
    }
  }
}
