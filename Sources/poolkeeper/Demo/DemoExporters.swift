import Exposition
import Simulator

/// The simulated cluster's exporters as pages that a real Prometheus can scrape.
struct DemoExporters: Sendable {
  let infrastructure: SimulatedInfrastructure

  /// By path.
  var pages: [String: @Sendable (ExpositionFormat) -> [UInt8]] {
    let infrastructure = infrastructure
    return [
      "/demo/exporters/kube-state-metrics": { Self.render(infrastructure.look { $0.kubeStateMetrics() }, $0) },
      "/demo/exporters/node-exporter": {
        Self.render(infrastructure.look { $0.nodeExporterMetrics() }, $0)
      },
    ]
  }

  private static func render(_ samples: [ExporterSample], _ format: ExpositionFormat) -> [UInt8] {
    var families: [(name: String, samples: [ExporterSample])] = []
    for sample in samples {
      if families.last?.name == sample.family {
        families[families.count - 1].samples.append(sample)
      } else {
        families.append((sample.family, [sample]))
      }
    }
    return format.render(
      families.map { family in
        let first = family.samples[0]
        // Objects have labels of their own: a label that a sample lacks is an empty one.
        var names = first.labels.map(\.name)
        for sample in family.samples {
          for label in sample.labels where !names.contains(label.name) { names.append(label.name) }
        }
        let descriptor = MetricDescriptor(
          first.family, first.kind == .counter ? .counter : .gauge, labels: names, help: first.help)
        return MetricFamily(
          descriptor,
          points: family.samples.map { sample in
            MetricPoint(labels: names.map { sample.label($0) ?? "" }, value: .number(sample.value))
          })
      })
  }
}
