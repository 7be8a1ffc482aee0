import Exposition
import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// CPU time, memory and open files of this process, as the standard `process_*` metrics.
enum ProcessFigures {
  static func add(to table: inout MetricTable) {
    var usage = rusage()
    if getrusage(ownProcess, &usage) == 0 {
      table.set(.processCPUSeconds, seconds(usage.ru_utime) + seconds(usage.ru_stime))
    }
    #if os(Linux)
      addFromProc(to: &table)
    #endif
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

  #if os(Linux)
    /// Source: proc(5): `/proc/self/statm` counts pages; field 22 of `/proc/self/stat` is the start in clock ticks
    /// since boot.
    private static func addFromProc(to table: inout MetricTable) {
      if let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
        let pages = statm.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
      {
        table.set(.processResidentMemory, pages * Double(sysconf(Int32(_SC_PAGESIZE))))
      }
      if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
        table.set(.processOpenFiles, Double(files.count))
      }
      var limit = rlimit()
      if getrlimit(openFiles, &limit) == 0 { table.set(.processMaximumFiles, Double(limit.rlim_cur)) }
      if let started { table.set(.processStartTime, started) }
    }

    private static let started: Double? = {
      guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
        let system = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
        let boot = system.split(separator: "\n").first(where: { $0.hasPrefix("btime ") })
          .flatMap({ Double($0.dropFirst(6)) }),
        // The command's name may hold spaces; it ends with the last parenthesis.
        let rest = stat.split(separator: ")").last?.split(separator: " "), rest.count > 19,
        let ticks = Double(rest[19])
      else { return nil }
      return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()
  #endif
}

#if canImport(Darwin)
  private let ownProcess = RUSAGE_SELF
#else
  private let ownProcess = RUSAGE_SELF.rawValue
  private let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
#endif
