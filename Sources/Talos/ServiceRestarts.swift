internal import TalosMessages

/// Restarts that nobody asked for, read from a service's history.
enum ServiceRestarts {
  /// How often the service left `Running` without having been stopped, since it was last stopped on purpose. The
  /// machine keeps a bounded history, so that a long crash loop is counted up to that bound.
  static func count(_ events: [ServiceEvent]) -> Int {
    var restarts = 0
    var wasRunning = false
    for event in events {
      switch event.state.lowercased() {
      case "running": wasRunning = true
      case "stopping", "finished", "skipped":
        restarts = 0
        wasRunning = false
      default:
        // Waiting, failed, preparing, initialized, starting: it runs no more.
        if wasRunning { restarts += 1 }
        wasRunning = false
      }
    }
    return restarts
  }
}
