import RemoteWrite
import TimeSeries

/// Remote-write bodies as a Prometheus with many targets would send them.
struct SampleBodies {
  /// How many series there are.
  let seriesCount: Int
  /// Samples in one request.
  static let samplesPerRequest = 2000
  private let labels: [Labels]

  init(seriesCount: Int) {
    self.seriesCount = seriesCount
    labels = (0..<seriesCount).map(Self.labels)
  }

  /// One sample of every series at an instant, in as many bodies as that takes.
  func round(_ number: Int, at milliseconds: Int64) -> [[UInt8]] {
    stride(from: 0, to: seriesCount, by: Self.samplesPerRequest).map { start in
      let series = (start..<min(start + Self.samplesPerRequest, seriesCount)).map { index in
        // Counters that grow at a pace of their own.
        (labels: labels[index], samples: [(timestamp: milliseconds, value: Double(number * (index % 97 + 1)))])
      }
      return RemoteWriteEncoder.body(series)
    }
  }

  /// Seven to twelve labels: node-exporter's CPU counters, and containers' metrics.
  private static func labels(_ index: Int) -> Labels {
    var labels = [
      Label(name: "cluster", value: "prod-k8s"), Label(name: "job", value: "node-exporter"),
      Label(name: "namespace", value: "monitoring"),
      Label(name: "instance", value: "10.20.\(index / 6400).\(index / 64):9100"),
      Label(name: "node", value: "worker-burst-\(index / 64)"),
    ]
    if index % 5 == 0 {
      let modes = ["idle", "user", "system", "iowait", "irq", "softirq", "steal", "nice"]
      labels += [
        Label(name: "__name__", value: "node_cpu_seconds_total"), Label(name: "cpu", value: "\(index / 5 % 32)"),
        Label(name: "mode", value: modes[index / 160 % 8]), Label(name: "slot", value: "\(index)"),
      ]
    } else {
      labels += [
        Label(name: "__name__", value: "container_metric_\(index % 50)_total"),
        Label(name: "pod", value: "web-\(index)"), Label(name: "container", value: "server"),
        Label(name: "image", value: "registry.example/web:1.\(index % 20)"),
      ]
      for extra in 0..<(index % 4) { labels.append(Label(name: "extra_\(extra)", value: "value-\(index % 13)")) }
    }
    return Labels(labels)
  }
}
