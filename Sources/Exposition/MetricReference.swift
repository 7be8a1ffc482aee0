/// The page docs/metrics.md, made from the descriptors, so that it cannot tell anything else than the program does.
public enum MetricReference {
  /// Markdown of the whole page.
  public static func page(for metrics: [MetricDescriptor] = MetricDescriptor.all) -> String {
    var lines = [
      "# Metrics", "",
      "What `/metrics` tells. The Prometheus text format and OpenMetrics are chosen by the Accept header. A metric",
      "without a value yet (no worker has been repaired, no query came) is left out.", "",
      "Poolkeeper keeps these metrics among its own samples, too, where queries find them",
      "(`poolkeeper.metrics.own_metrics_interval_seconds`); not while a Prometheus writes them there.", "",
      "This page is made from the program's own table: `POOLKEEPER_WRITE_DOCS=1 swift test --filter MetricReferenceTests` writes it anew.",
      "",
      "| metric | type | labels | meaning |", "|---|---|---|---|",
    ]
    for metric in metrics {
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      lines.append("| `\(metric.name)` | \(metric.type.rawValue) | \(labels.isEmpty ? "—" : labels) | \(metric.help) |")
    }
    lines += ["", "## Buckets of the histograms", ""]
    for metric in metrics where metric.type == .histogram {
      let bounds = metric.buckets.map { ExpositionWriter.text(of: $0) }.joined(separator: ", ")
      lines.append("- `\(metric.name)`: \(bounds) \(metric.unit ?? "")")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
