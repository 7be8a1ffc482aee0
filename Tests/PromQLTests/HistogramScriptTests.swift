import PromQL
import Testing

/// Scripts of our own for native and classic histograms.
@Suite struct HistogramScriptTests {
  static let scripts: [(name: String, text: String)] = [
    (
      "hints of counter resets",
      """
      load 1m
        up{n="1"} {{schema:0 count:3 sum:3 buckets:[1 2]}}x4
        up{n="2"} {{schema:0 count:5 sum:5 buckets:[2 3]}}x4
        anew{n="3"} {{schema:0 count:5 sum:5 buckets:[2 3] counter_reset_hint:reset}}x4
        level {{schema:0 count:9 sum:9 buckets:[9] counter_reset_hint:gauge}} {{schema:0 count:4 sum:4 buckets:[4] counter_reset_hint:gauge}}

      eval instant at 0 sum(up)
        {} {{schema:0 count:8 sum:8 buckets:[3 5] counter_reset_hint:unknown}}

      eval instant at 2m sum(up)
        expect no_warn
        {} {{schema:0 count:8 sum:8 buckets:[3 5] counter_reset_hint:not_reset}}

      eval instant at 2m sum({n=~".+"})
        expect warn msg: PromQL warning: conflicting counter resets during histogram aggregation (1:5)
        {} {{schema:0 count:13 sum:13 buckets:[5 8] counter_reset_hint:unknown}}

      eval instant at 2m up{n="1"} + ignoring(n) anew
        expect warn msg: PromQL warning: conflicting counter resets during histogram addition (1:1)
        {} {{schema:0 count:8 sum:8 buckets:[3 5]}}

      eval instant at 2m anew - ignoring(n) up{n="1"}
        expect warn msg: PromQL warning: conflicting counter resets during histogram subtraction (1:1)
        {} {{schema:0 count:2 sum:2 buckets:[1 1] counter_reset_hint:gauge}}

      eval instant at 2m -up{n="1"}
        {n="1"} {{schema:0 count:-3 sum:-3 buckets:[-1 -2] counter_reset_hint:gauge}}

      eval instant at 2m sum_over_time(up{n="1"}[2m])
        expect no_warn
        {n="1"} {{schema:0 count:6 sum:6 buckets:[2 4] counter_reset_hint:not_reset}}

      eval instant at 1m delta(level[2m])
        expect no_warn
        {} {{schema:0 count:-10 sum:-10 buckets:[-10] counter_reset_hint:gauge}}

      eval instant at 1m idelta(level[2m])
        expect no_warn
        {} {{schema:0 count:-5 sum:-5 buckets:[-5] counter_reset_hint:gauge}}

      eval instant at 1m rate(level[2m])
        expect warn msg: PromQL warning: this native histogram metric is not a counter: "level" (1:6)
        {} {{schema:0 count:0.06666666666666667 sum:0.06666666666666667 buckets:[0.06666666666666667]}}

      eval instant at 1m delta(up{n="1"}[2m])
        expect warn msg: PromQL warning: this native histogram metric is not a gauge: "up" (1:7)
        {n="1"} {{schema:0}}
      """
    ),
    (
      "rates over resets",
      """
      load 1m
        h {{schema:1 count:10 sum:10 buckets:[4 6]}} {{schema:1 count:14 sum:14 buckets:[6 8]}} {{schema:1 count:3 sum:3 buckets:[1 2]}} {{schema:1 count:5 sum:5 buckets:[2 3]}}
        gone {{schema:-53 count:5 sum:5 custom_values:[1] buckets:[5]}} {{schema:1 count:2 sum:2 buckets:[2]}} {{schema:1 count:4 sum:4 buckets:[4]}}
        mixed 1 2 {{schema:1 count:2 sum:2 buckets:[2]}} {{schema:1 count:4 sum:4 buckets:[4]}}

      eval instant at 3m resets(h[5m])
        {} 1

      eval instant at 3m changes(h[5m])
        {} 3

      eval instant at 3m irate(h[5m])
        {} {{schema:1 count:0.03333333333333333 sum:0.03333333333333333 buckets:[0.016666666666666666 0.016666666666666666] counter_reset_hint:gauge}}

      eval instant at 2m irate(h[5m])
        {} {{schema:1 count:0.05 sum:0.05 buckets:[0.016666666666666666 0.03333333333333333]}}

      eval instant at 3m increase(h[3m])
        {} {{schema:1 count:7.5 sum:7.5 buckets:[3 4.5] counter_reset_hint:gauge}}

      eval instant at 2m increase(gone[3m])
        expect no_warn
        {} {{schema:1 count:6 sum:6 buckets:[6]}}

      eval instant at 2m delta(gone[3m])
        expect warn
        # There is no difference between custom and exponential buckets.

      eval instant at 3m rate(mixed[5m])
        expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:6)

      eval instant at 3m irate(mixed[5m])
        expect no_warn
        {} {{schema:1 count:0.03333333333333333 sum:0.03333333333333333 buckets:[0.03333333333333333]}}

      eval instant at 2m irate(mixed[5m])
        expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:7)

      eval instant at 1m irate(mixed[5m])
        expect no_info
        {} 0.016666666666666666

      eval instant at 3m max_over_time(mixed[5m])
        expect info msg: PromQL info: ignored histograms in a range containing both floats and histograms for metric name "mixed" (1:15)
        {} 2

      eval instant at 3m sum_over_time(mixed[5m])
        expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:15)
      """
    ),
    (
      "custom bounds that differ",
      """
      load 1m
        c {{schema:-53 count:10 sum:20 custom_values:[1 2 4] buckets:[1 2 3 4]}} {{schema:-53 count:16 sum:30 custom_values:[1 3 4] buckets:[2 4 4 6]}}
        e{k="x"} {{schema:0 count:1 sum:1 buckets:[1]}}

      eval instant at 1m sum_over_time(c[2m])
        expect no_warn
        expect info msg: PromQL info: mismatched custom buckets were reconciled during aggregation (1:15)
        {} {{schema:-53 count:26 sum:50 custom_values:[1 4] buckets:[3 13 10]}}

      eval instant at 1m increase(c[2m])
        expect info msg: PromQL info: mismatched custom buckets were reconciled during subtraction (1:10)
        {} {{schema:-53 count:12 sum:20 custom_values:[1 4] buckets:[2 6 4]}}

      eval instant at 1m c + c offset 1m
        expect info msg: PromQL info: mismatched custom buckets were reconciled during addition (1:1)
        {} {{schema:-53 count:26 sum:50 custom_values:[1 4] buckets:[3 13 10]}}

      eval instant at 0 sum({__name__=~"c|e"})
        expect warn regex: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "[ce]" \\(1:5\\)

      eval instant at 0 c + ignoring(k) e
        expect warn msg: PromQL warning: incompatible bucket layout encountered for binary operator + (1:1)
      """
    ),
    (
      "sums that would lose small terms",
      """
      load 1m
        h{i="1"} {{schema:0 count:2 sum:1 buckets:[2]}}
        h{i="2"} {{schema:0 count:2 sum:1e100 buckets:[2]}}
        h{i="3"} {{schema:0 count:2 sum:1 buckets:[2]}}
        h{i="4"} {{schema:0 count:2 sum:-1e100 buckets:[2]}}
        big{i="1"} {{schema:0 count:1e308 sum:1e308 buckets:[1e308]}}
        big{i="2"} {{schema:0 count:1e308 sum:1e308 buckets:[1e308]}}

      eval instant at 0 sum(h)
        {} {{schema:0 count:8 sum:2 buckets:[8]}}

      eval instant at 0 avg(h)
        {} {{schema:0 count:2 sum:0.5 buckets:[2]}}

      eval instant at 0 avg(big)
        {} {{schema:0 count:1e308 sum:1e308 buckets:[1e308]}}
      """
    ),
    (
      "trimming",
      """
      load 1m
        e {{schema:0 count:20 sum:99 z_bucket:4 z_bucket_w:0.5 buckets:[2 4 6] n_buckets:[1 3]}}
        c {{schema:-53 count:12 sum:99 custom_values:[2 4] buckets:[4 6 2]}}
        f 3

      eval instant at 0 e </ +Inf
        e {{schema:0 count:20 sum:99 z_bucket:4 z_bucket_w:0.5 buckets:[2 4 6] n_buckets:[1 3]}}

      eval instant at 0 e </ 0
        e {{schema:0 count:6 sum:-5.449747468305833 z_bucket:2 z_bucket_w:0.5 n_buckets:[1 3]}}

      eval instant at 0 e >/ 2
        e {{schema:0 count:6 sum:16.97056274847714 z_bucket_w:0.5 offset:2 buckets:[6]}}

      eval instant at 0 c </ 3
        c {{schema:-53 count:7 sum:11.5 custom_values:[2 4] buckets:[4 3]}}

      eval instant at 0 c >/ 1
        c {{schema:-53 count:10 sum:29 custom_values:[2 4] buckets:[2 6 2]}}

      eval instant at 0 c </ f
        c {{schema:-53 count:7 sum:11.5 custom_values:[2 4] buckets:[4 3]}}

      eval instant at 0 f </ 2
        expect info msg: PromQL info: incompatible sample types encountered for binary operator "</": float </ float (1:1)

      eval instant at 0 2 >/ e
        expect info msg: PromQL info: incompatible sample types encountered for binary operator ">/": float >/ histogram (1:1)

      eval instant at 0 1 </ 2
        expect fail
      """
    ),
    (
      "NaN observations and corrections",
      """
      load 1m
        n {{schema:0 count:5 sum:NaN buckets:[1 2 1]}}
        odd_bucket{le="1"} 5 50
        odd_bucket{le="2"} 3 30
        odd_bucket{le="+Inf"} 6 60

      eval instant at 0 histogram_fraction(-Inf, +Inf, n)
        expect info msg: PromQL info: input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name "n" (1:32)
        {} 0.8

      eval instant at 0 histogram_quantile(0.9, n)
        expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is NaN for metric name "n" (1:25)
        {} NaN

      eval instant at 0 histogram_quantile(0.2, n)
        expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is skewed higher for metric name "n" (1:25)
        {} 1

      eval range from 0 to 1m step 1m histogram_quantile(0.5, odd_bucket)
        expect info msg: PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name "odd_bucket", from buckets 2 to 2, with a max diff of 20, over 2 samples from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (1:25)
        {} 0.6 0.6

      eval instant at 0 histogram_quantiles(odd_bucket, "q", 0.5, 1)
        expect info
        {q="0.5"} 0.6
        {q="1.0"} 2
      """
    ),
    (
      "classic histograms as custom buckets",
      """
      load_with_nhcb 1m
        lat_bucket{le="1"} 2 4
        lat_bucket{le="2"} _ 5
        lat_bucket{le="+Inf"} 3 9
        lat_sum 7 8
        calls_count 5 6

      eval instant at 0 lat
        lat {{schema:-53 count:3 sum:7 custom_values:[1] buckets:[2 1]}}

      eval instant at 1m lat
        lat {{schema:-53 count:9 sum:8 custom_values:[1 2] buckets:[4 1 4]}}

      eval instant at 1m calls
        calls {{schema:-53 count:6 sum:0 buckets:[6]}}

      eval instant at 1m histogram_fraction(0, 0.5, lat)
        {} 0.2222222222222222

      eval instant at 1m histogram_fraction(0, 0.5, lat_bucket)
        {} 0.2222222222222222

      eval instant at 1m histogram_quantile(0.5, {__name__=~"lat|lat_bucket"})
        expect fail msg: vector cannot contain metrics with the same labelset
      """
    ),
  ]

  @Test(arguments: scripts.indices)
  func everyCaseHolds(_ index: Int) {
    let script = Self.scripts[index]
    let results = PromQLScript(script.text, file: script.name).run()
    #expect(!results.isEmpty)
    for result in results {
      if let failure = result.failure {
        Issue.record("\(script.name):\(result.line): \(result.expression): \(failure)")
      }
    }
  }
}
