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

  /// Columns and rows of the terminal; 100 × 40 when there is none.
  static var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (100, 40) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  static func out(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
  static func raw(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
  static func error(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
