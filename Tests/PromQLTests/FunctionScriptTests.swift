import PromQL
import Testing

/// Scripts of our own for what each function means, each with its data.
@Suite struct FunctionScriptTests {
  static let scripts: [(name: String, text: String)] = [
    (
      "rates and resets",
      """
      load 1m
        c_total 0 10 20 5 15 25
        g 1 3 2 2 NaN NaN 5

      eval instant at 5m increase(c_total[5m])
        {} 43.75

      eval instant at 5m rate(c_total[5m])
        {} 0.14583333333333334

      eval instant at 5m resets(c_total[10m])
        {} 1

      eval instant at 5m irate(c_total[5m])
        {} 0.16666666666666666

      eval instant at 3m irate(c_total[5m])
        {} 0.08333333333333333

      eval instant at 5m idelta(c_total[5m])
        {} 10

      eval instant at 6m changes(g[10m])
        {} 4

      eval instant at 0 rate(c_total[5m])

      eval instant at 5m rate(g[5m])
        expect info msg: PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "g" (1:6)
        {} NaN
      """
    ),
    (
      "over time",
      """
      load 1m
        m 1 2 3 4 5
        big 1e308 1e308 1e308
        mixed 1 1e100 1 -1e100

      eval instant at 4m sum_over_time(m[3m])
        {} 12

      eval instant at 4m avg_over_time(m[3m])
        {} 4

      eval instant at 2m avg_over_time(big[5m])
        {} 1e308

      eval instant at 3m sum_over_time(mixed[5m])
        {} 2

      eval instant at 4m quantile_over_time(0.5, m[5m])
        {} 3

      eval instant at 4m quantile_over_time(0.9, m[5m])
        {} 4.6

      eval instant at 4m stddev_over_time(m[5m])
        {} 1.4142135623730951

      eval instant at 4m mad_over_time(m[5m])
        {} 1

      eval instant at 4m ts_of_max_over_time(m[5m])
        {} 240

      eval instant at 4m ts_of_min_over_time(m[5m])
        {} 0

      eval instant at 4m ts_of_first_over_time(m[3m])
        {} 120

      eval instant at 4m ts_of_last_over_time(m[3m] offset 1m)
        {} 180

      eval instant at 4m deriv(m[5m])
        {} 0.016666666666666666

      eval instant at 4m predict_linear(m[5m], 60)
        {} 6

      eval instant at 4m double_exponential_smoothing(m[5m], 0.5, 0.5)
        {} 5

      eval instant at 4m double_exponential_smoothing(m[5m], 1.5, 0.5)
        expect fail

      eval range from 0 to 4m step 2m max_over_time(m[90s])
        {} 1 3 5

      eval instant at 4m present_over_time(m[1m])
        {} 1

      eval instant at 4m absent_over_time(none{job="a", x=~"y"}[1m])
        {job="a"} 1

      eval range from 3m to 12m step 3m absent_over_time(m[5m])
        {} _ _ 1 1
      """
    ),
    (
      "labels",
      """
      load 1m
        m{src="web-1", other="x"} 1
        m{src="db", other="x"} 2

      eval instant at 0 label_replace(m, "kind", "$1/$2", "src", "(.*)-(\\\\d+)")
        m{src="web-1", other="x", kind="web/1"} 1
        m{src="db", other="x"} 2

      eval instant at 0 label_replace(m, "kind", "${name}!", "src", "(?P<name>.*)-.*")
        m{src="web-1", other="x", kind="web!"} 1
        m{src="db", other="x"} 2

      eval instant at 0 label_replace(m, "src", "same", "other", "x")
        expect fail msg: vector cannot contain metrics with the same labelset

      eval instant at 0 label_replace(m, "other", "", "other", ".*")
        m{src="web-1"} 1
        m{src="db"} 2

      eval instant at 0 label_replace(m, "x", "$1", "src", "(")
        expect fail

      eval instant at 0 label_replace(m, "kind", "literal", "src", "db")
        m{src="web-1", other="x"} 1
        m{src="db", other="x", kind="literal"} 2

      eval instant at 0 label_join(m, "all", "+", "src", "other", "none")
        m{src="web-1", other="x", all="web-1+x+"} 1
        m{src="db", other="x", all="db+x+"} 2

      eval instant at 0 sort_by_label(m, "src")
        expect ordered
        m{src="db", other="x"} 2
        m{src="web-1", other="x"} 1

      eval instant at 0 sort(-m)
        expect ordered
        {src="db", other="x"} -2
        {src="web-1", other="x"} -1
      """
    ),
    (
      "dates and scalars",
      """
      eval instant at 0 year(vector(1709210096))
        {} 2024

      eval instant at 0 days_in_month(vector(1709210096))
        {} 29

      eval instant at 0 day_of_year(vector(1735603200))
        {} 366

      eval instant at 0 day_of_week(vector(-1))
        {} 3

      eval instant at 1h hour()
        {} 1

      eval instant at 90s time()
        90

      eval instant at 0 scalar(vector(3)) + 5m
        303

      eval instant at 0 0x1F + 1_000 + 010
        1039

      eval instant at 0 max_of(1, 2) + min_of(1, NaN)
        NaN

      eval range from 0 to 60s step 30s step() + end()
        {} 90 90 90

      eval instant at 0 clamp(vector(7), 1, 5)
        {} 5

      eval instant at 0 clamp(vector(7), 5, 1)

      eval instant at 0 round(vector(2.5))
        {} 3

      eval instant at 0 sgn(vector(-0.1))
        {} -1

      eval instant at 0 count_values("v", vector(1e-7))
        {v="0.0000001"} 1

      eval instant at 0 absent(vector(1))
      """
    ),
    (
      "classic histograms",
      """
      load 1m
        h_bucket{le="0.1"} 0 1
        h_bucket{le="0.5"} 0 5
        h_bucket{le="1"} 0 9
        h_bucket{le="+Inf"} 0 10
        odd_bucket{le="1"} 5
        odd_bucket{le="2"} 4
        odd_bucket{le="+Inf"} 6

      eval instant at 1m histogram_quantile(0.5, h_bucket)
        {} 0.5

      eval instant at 1m histogram_quantile(0.7, h_bucket)
        {} 0.75

      eval instant at 1m histogram_quantile(0.95, h_bucket)
        {} 1

      eval instant at 0 histogram_quantile(0.95, h_bucket)
        {} NaN

      eval instant at 0 histogram_quantile(0.5, odd_bucket)
        expect info
        {} 0.6

      eval instant at 1m histogram_quantile(1.5, h_bucket)
        expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:20)
        {} +Inf

      eval instant at 1m histogram_quantiles(h_bucket, "q", 0.5, 0.7)
        {q="0.5"} 0.5
        {q="0.7"} 0.75

      eval instant at 1m histogram_fraction(0, 0.5, h_bucket)
        {} 0.5

      eval instant at 1m histogram_quantile(0.5, h_bucket{le="x"} or vector(1))
        expect warn
      """
    ),
    (
      "native histograms",
      """
      load 1m
        n {{schema:0 sum:10 count:10 buckets:[2 4 4]}}+{{sum:5 count:5 buckets:[1 2 2]}}x5
        c {{schema:-53 sum:5 count:4 custom_values:[1 2 4] buckets:[1 2 0 1]}}
        d {{schema:-53 sum:5 count:2 custom_values:[1 2 4] offset:1 buckets:[1 1]}}

      eval instant at 5m histogram_count(n)
        {} 35

      eval instant at 5m histogram_sum(increase(n[5m]))
        {} 25

      eval instant at 5m histogram_avg(n)
        {} 1

      eval instant at 0 histogram_quantile(0.5, n)
        {} 1.681792830507429

      eval instant at 0 histogram_quantile(0.5, c)
        {} 1.5

      eval instant at 0 histogram_quantile(1, c)
        {} 4

      eval instant at 0 histogram_fraction(0, 1, n)
        {} 0.2

      eval instant at 0 n * 2
        {} {{schema:0 sum:20 count:20 buckets:[4 8 8]}}

      eval instant at 0 sum(n + n)
        {} {{schema:0 sum:20 count:20 buckets:[4 8 8]}}

      eval instant at 0 2 / n
        expect info

      eval instant at 0 n + c
        expect warn

      eval instant at 5m count_over_time(n[5m])
        {} 5

      eval instant at 5m max_over_time(n[5m])

      eval instant at 1m avg_over_time(n[2m])
        {} {{schema:0 sum:12.5 count:12.5 buckets:[2.5 5 5]}}

      eval instant at 0 histogram_stdvar(d)
        {} 0.625
      """
    ),
    (
      "at, offset and subqueries",
      """
      load 10s
        m{job="1"} 0+10x100
        m{job="2"} 0+20x100

      eval instant at 10s m @ 100
        m{job="1"} 100
        m{job="2"} 200

      eval instant at 10s m @ 100 offset 50s
        m{job="1"} 50
        m{job="2"} 100

      eval range from 0 to 20s step 10s m{job="1"} @ end()
        m{job="1"} 20 20 20

      eval range from 0 to 20s step 10s sum_over_time(m{job="1"}[20s] @ start())
        {job="1"} 0 0 0

      eval range from 100s to 120s step 10s predict_linear(m{job="1"}[50s] @ 100, 0)
        {job="1"} 100 110 120

      eval instant at 100s sum_over_time(m{job="1"}[100s:25s] @ 50)
        {job="1"} 70

      eval instant at 100s max_over_time((m - m offset 10s)[30s:10s])
        {job="1"} 10
        {job="2"} 20

      eval range from 0 to 20s step 10s m{job="1"}[5m + 1m]
        expect fail

      eval range from 100s to 120s step 10s sum_over_time(m{job="1"}[step() * 2])
        {job="1"} 190 210 230

      eval instant at 100s count_over_time(m{job="1"}[max(20s, 5s) + 10s])
        {job="1"} 3
      """
    ),
    (
      "fill, anchored and smoothed",
      """
      load 1m
        a{x="1"} 1
        a{x="2"} 2
        b{x="2"} 10
        b{x="3"} 20

      eval instant at 0 a + fill(0) b
        {x="1"} 1
        {x="2"} 12
        {x="3"} 20

      eval instant at 0 a + fill_right(100) b
        {x="1"} 101
        {x="2"} 12

      eval instant at 0 a + fill_left(100) b
        {x="2"} 12
        {x="3"} 120

      clear

      load 1m
        c_total 0 10 20 30 40

      eval instant at 2m30s increase(c_total[1m] anchored)
        {} 10

      eval instant at 2m30s increase(c_total[1m] smoothed)
        {} 10

      eval instant at 2m30s c_total smoothed
        c_total 25

      eval instant at 2m30s sum_over_time(c_total[1m] anchored)
        expect fail
      """
    ),
    (
      "info and limits",
      """
      load 1m
        m{instance="a", job="1"} 5
        m{instance="b", job="1"} 6
        target_info{instance="a", job="1", zone="eu", rack="7"} 1

      eval instant at 0 info(m)
        m{instance="a", job="1", zone="eu", rack="7"} 5
        m{instance="b", job="1"} 6

      eval instant at 0 info(m, {zone=~".+"})
        m{instance="a", job="1", zone="eu"} 5

      eval instant at 0 count(limitk(1, m))
        {} 1

      eval instant at 0 count(limit_ratio(0.5, m) or limit_ratio(-0.5, m))
        {} 2

      eval instant at 0 limit_ratio(0.5, m) and limit_ratio(-0.5, m)

      eval instant at 0 limit_ratio(1.1, m)
        expect warn
        m{instance="a", job="1"} 5
        m{instance="b", job="1"} 6
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
