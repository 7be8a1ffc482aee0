import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The two streams to the person at the terminal.
enum Console {
  /// Whether standard output is a terminal that understands cursor movement.
  static var isTerminal: Bool {
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Whether colours may be used: on a terminal whose user has not refused them. Source: no-color.org.
  static var isColoured: Bool {
    isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Columns of the terminal; where there is none, those that COLUMNS names, or 80.
  static var columns: Int {
    if isatty(STDOUT_FILENO) == 1 { return max(40, size.columns) }
    let named = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 80
    return min(max(named, 40), 1_000)
  }

  /// Columns and rows of the terminal; 100 × 40 when there is none.
  static var size: (columns: Int, rows: Int) { size(of: STDOUT_FILENO) }

  /// The same of another stream's terminal.
  static func size(of stream: Int32) -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (100, 40) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Clears a terminal's line from the cursor on.
  static let clearToEnd = "\u{1b}[K"

  static func out(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
  static func raw(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
  static func error(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
