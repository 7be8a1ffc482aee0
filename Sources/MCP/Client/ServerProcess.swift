import Dispatch
import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A server that runs as a child: its pipes, and its end.
///
/// `@unchecked Sendable`: the process object is configured before it is shared; afterwards it is only told to end.
final class ServerProcess: @unchecked Sendable {
  let output: DescriptorReader
  let errors: DescriptorReader
  /// Seconds between telling it to end and making it.
  private static let patience = 5

  private let process = Process()
  private let input: Int32
  // A server that does not read makes its writer wait.
  private let writing = DispatchQueue(label: "poolkeeper.mcp.write")

  /// Why a program could not be started.
  struct StartFault: Error { var sentence: String }

  init(_ command: ServerCommand) throws(StartFault) {
    // A server that has ended is noticed by the failed write, and not by this program's death.
    signal(SIGPIPE, SIG_IGN)
    let pipes = try (Self.pipe(), Self.pipe(), Self.pipe())
    process.executableURL = URL(fileURLWithPath: command.program)
    process.arguments = command.arguments
    process.environment = command.environment.merging(command.secrets) { _, secret in secret }
    process.standardInput = FileHandle(fileDescriptor: pipes.0.read)
    process.standardOutput = FileHandle(fileDescriptor: pipes.1.write)
    process.standardError = FileHandle(fileDescriptor: pipes.2.write)
    input = pipes.0.write
    output = DescriptorReader(pipes.1.read, closes: true)
    errors = DescriptorReader(pipes.2.read, closes: true)
    defer { for end in [pipes.0.read, pipes.1.write, pipes.2.write] { close(end) } }
    do { try process.run() } catch {
      close(input)
      throw StartFault(sentence: "\(command.program) cannot be started: \(error.localizedDescription)")
    }
  }

  /// Sends a line in its turn. That it did not arrive is seen by the missing answer.
  func send(_ line: String) {
    writing.async { [input] in
      var bytes = Array((line + "\n").utf8)[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
      }
    }
  }

  /// Tells it to end, and makes it end when it does not.
  func end() {
    guard process.isRunning else { return }
    process.terminate()
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.patience)) { self.kill() }
  }

  /// Ends it without asking.
  func kill() {
    guard process.isRunning else { return }
    #if canImport(Darwin)
      Darwin.kill(process.processIdentifier, SIGKILL)
    #else
      Glibc.kill(process.processIdentifier, SIGKILL)
    #endif
  }

  deinit {
    kill()
    close(input)
  }

  /// Both ends are closed in programs that this one starts, but for the ends that are handed over: a pipe whose writing
  /// end another child holds has no end.
  private static func pipe() throws(StartFault) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    #if canImport(Darwin)
      let result = Darwin.pipe(&ends)
    #else
      let result = Glibc.pipe(&ends)
    #endif
    guard result == 0 else {
      throw StartFault(
        sentence: "No pipe could be opened (\(String(cString: strerror(errno)))); raise the limit of files.")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }
}
