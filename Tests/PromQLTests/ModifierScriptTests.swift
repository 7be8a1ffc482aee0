import PromQL
import Testing

/// Scripts of our own for modifiers, durations, `info` and what becomes of labels.
@Suite struct ModifierScriptTests {
  static let scripts: [(name: String, text: String)] = [
    (
      "anchored and smoothed",
      """
      load 10s
        steady_total 5+5x12
        again_total 10 20 30 4 8 12
        gappy 1 NaN 3 NaN
        native {{schema:0 count:1 sum:1 buckets:[1]}}x6

      eval instant at 35s increase(steady_total[20s] anchored)
        {} 10

      eval instant at 35s increase(steady_total[20s] smoothed)
        {} 10

      eval instant at 35s rate(again_total[20s] smoothed)
        {} 0.55

      eval instant at 35s rate(again_total[20s] anchored)
        {} 0.7

      eval instant at 35s delta(again_total[20s] smoothed)
        {} -19

      eval instant at 35s resets(again_total[20s] anchored)
        {} 1

      eval instant at 35s changes(gappy[20s] anchored)
        {} 2

      eval instant at 65s changes(again_total[10s] anchored)
        {} 1

      eval instant at 65s increase(again_total[10s] anchored)

      eval instant at 33s again_total smoothed
        again_total 5.2

      eval instant at 60s again_total smoothed
        again_total 12

      eval instant at 35s again_total[20s] anchored
        expect range vector from 15s to 35s step 5s
        again_total 20 30 _ _ 4

      eval instant at 35s steady_total[20s] smoothed
        expect range vector from 15s to 35s step 5s
        steady_total 12.5 15 _ 20 22.5

      eval instant at 35s increase(native[20s] smoothed)
        expect fail msg: smoothed and anchored modifiers do not work with native histograms

      eval instant at 35s sum_over_time(none[20s] anchored)
        expect fail msg: anchored modifier can only be used with: changes, delta, increase, rate, resets - not with sum_over_time

      eval instant at 35s absent_over_time(none[20s] smoothed)
        expect fail msg: smoothed modifier can only be used with: delta, increase, rate - not with absent_over_time
      """
    ),
    (
      "arithmetic of durations",
      """
      load 1s
        m 0+1x200

      eval range from 100s to 120s step 10s count_over_time(m[step()])
        {} 10 10 10

      eval range from 100s to 120s step 10s count_over_time(m[range() - 5s])
        {} 15 15 15

      eval instant at 100s count_over_time(m[-2 ^ 2 + 14])
        {} 10

      eval instant at 100s count_over_time(m[max(3s, min(10s, 7s)) * 2])
        {} 14

      eval instant at 100s m offset -5
        m 105

      eval instant at 100s m offset -min(5s, 9s) + 1000
        {} 1105

      eval instant at 100s m offset 5s * 2
        {} 190

      eval instant at 100s m offset (5s * 2)
        m 90

      eval instant at 100s sum_over_time(m[step()])
        expect fail msg: 16:22: duration must be greater than 0

      eval instant at 100s sum_over_time(m[5s - 8s])
        expect fail msg: 16:23: duration must be greater than 0

      eval instant at 100s m offset (1 / (5s - 5s))
        expect fail msg: 9:24: division by zero
      """
    ),
    (
      "series that are filled in",
      """
      load 1m
        many{zone="a", host="1"} 10
        many{zone="a", host="2"} 20
        many{zone="b", host="3"} 30
        one{zone="a", owner="x"} 1
        one{zone="c", owner="y"} 2

      eval instant at 0 many * on(zone) group_left(owner) fill_right(0.5) one
        {zone="a", host="1", owner="x"} 10
        {zone="a", host="2", owner="x"} 20
        {zone="b", host="3"} 15

      eval instant at 0 many * on(zone) group_left(owner) fill_left(100) one
        {zone="a", host="1", owner="x"} 10
        {zone="a", host="2", owner="x"} 20
        {zone="c", owner="y"} 200

      eval instant at 0 one - on(zone) group_right(owner) fill_left(7) fill_right(9) many
        {zone="a", host="1", owner="x"} -9
        {zone="a", host="2", owner="x"} -19
        {zone="b", host="3"} -23
        {zone="c", owner="y"} -7

      eval instant at 0 sum by (zone) (many) > fill(5) sum by (zone) (one)
        {zone="a"} 30
        {zone="b"} 30
        {zone="c"} 5

      eval instant at 0 nothing + on() fill(3) one
        expect fail regex: found duplicate series for the match group \\{\\} on the right hand-side of the operation

      eval instant at 0 nothing + fill(3) one
        {zone="a", owner="x"} 4
        {zone="c", owner="y"} 5
      """
    ),
    (
      "info series",
      """
      load 1m
        m{instance="a", job="1", own="yes"} 1 2 3
        lonely 7 7 7
        target_info{instance="a", job="1", own="no", zone="eu", old="1"} 1 1 _
        target_info{instance="a", job="1", zone="us"} _ _ 1
        other_info{instance="a", job="1", rack="7"} 1 1 1
        clash_info{instance="a", job="1", zone="mars"} 1 1 1
        bad_info{instance="a", job="1"} {{schema:0 count:1 sum:1 buckets:[1]}}

      eval range from 0 to 2m step 1m info(m)
        m{instance="a", job="1", own="yes", zone="eu", old="1"} 1 2 _
        m{instance="a", job="1", own="yes", zone="us"} _ _ 3

      eval instant at 0 info(m, {zone=~".*"})
        m{instance="a", job="1", own="yes", zone="eu"} 1

      eval instant at 0 info(m, {zone="us"})

      eval instant at 0 info(lonely, {zone=~".+"})

      eval instant at 0 info(lonely)
        lonely 7

      eval instant at 0 info(m, {__name__=~"(target|other)_info", zone=~".*", rack=~".*"})
        m{instance="a", job="1", own="yes", zone="eu", rack="7"} 1

      eval instant at 0 info(m, {__name__=~"(target|clash)_info"})
        expect fail msg: conflicting label: zone

      eval instant at 0 info(m, {__name__="bad_info"})
        expect fail msg: info sample should be float

      eval instant at 0 info(other_info, {__name__=~".+_info", rack=~".+"})
        other_info{instance="a", job="1", rack="7"} 1

      eval instant at 1m info(rate(m[2m]), {zone=~".+"})
        expect info
        {instance="a", job="1", own="yes", zone="eu"} 0.016666666666666666
      """
    ),
    (
      "types and units",
      """
      load 1m
        size{n="1", __type__="gauge", __unit__="bytes"} 1
        size{n="2", __type__="gauge", __unit__="bytes"} 2
        size{n="3", __type__="counter"} 4

      eval instant at 0 +size{n="1"}
        size{n="1", __type__="gauge", __unit__="bytes"} 1

      eval instant at 0 size * 2
        {n="1"} 2
        {n="2"} 4
        {n="3"} 8

      eval instant at 0 size > 1 and size * 2
        size{n="2", __type__="gauge", __unit__="bytes"} 2
        size{n="3", __type__="counter"} 4

      eval instant at 0 sum without (n) (size)
        {} 7

      eval instant at 0 sum by (__type__) (size)
        {__type__="gauge"} 3
        {__type__="counter"} 4

      eval instant at 0 sum by (__type__) (abs(size{__type__="gauge"}))
        {} 3
      """
    ),
    (
      "labels of what is absent",
      """
      eval instant at 0 absent(none{a="1", b=~"2", c!="3"})
        {a="1"} 1

      eval instant at 0 absent(none{a="1", a="2"})
        {} 1

      eval instant at 0 absent(none{a=~"1", a="2"})
        {a="2"} 1

      eval instant at 0 absent_over_time((none{a="1"}[5m]))
        {a="1"} 1
      """
    ),
    (
      "edges of functions",
      """
      load 1m
        void NaN NaN NaN

      eval instant at 0 clamp_min(void, +Inf)
        {} +Inf

      eval instant at 0 clamp(void, 0, 1)
        {} NaN

      eval instant at 2m double_exponential_smoothing(void[5m], 1.5, 0.5)
        expect fail msg: invalid smoothing factor. Expected: 0 < sf < 1, got: 1.500000

      eval instant at 2m double_exponential_smoothing(none[5m], 1.5, 0.5)

      eval instant at 2m quantile_over_time(2, none[5m])
        expect no_warn

      eval instant at 2m quantile_over_time(2, void[5m])
        expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)
        {} +Inf

      eval instant at 0 topk(1e20, void)
        expect fail msg: Scalar value 1e+20 overflows int64

      eval instant at 0 limitk(-1e20, void)
        expect fail msg: Scalar value -1e+20 underflows int64

      eval instant at 0 label_join(void, "x", "-", "")
        expect fail regex: invalid source label name in label_join

      eval instant at 0 quantile(1234567, void)
        expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 1.234567e+06 (1:10)
        {} +Inf

      eval range from 0 to 2m step 1m quantile(time() / 30 - 1, void)
        expect warn regex: got (-1|3) \\(1:10\\)
        {} -Inf NaN +Inf

      eval instant at 2m sum(rate(void[2m])) + sum(rate(void[3m]))
        expect info msg: PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "void" (1:32)
        {} NaN

      eval instant at 1m rate(void[1m])
        expect no_info

      eval instant at 2m rate(void[2m:1m])
        expect info msg: PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "void" (1:6)
        {} NaN
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

  @Test func tellsApartTextsThatOnlyUnicodeHoldsForTheSame() {
    let script = "load 1m\n  m{x=\"\u{E9}\"} 1\n  m{x=\"e\u{301}\"} 2\n\n"
    let cases = [
      "eval instant at 0 count(m)\n  {} 2\n\n", "eval instant at 0 m{x=\"\u{E9}\"}\n  m{x=\"\u{E9}\"} 1\n\n",
      "eval instant at 0 m{x=~\"e\u{301}|y\"}\n  m{x=\"e\u{301}\"} 2\n\n",
      "eval instant at 0 sum by (x) (m)\n  {x=\"\u{E9}\"} 1\n  {x=\"e\u{301}\"} 2\n\n",
      "eval instant at 0 m + m\n  {x=\"\u{E9}\"} 2\n  {x=\"e\u{301}\"} 4\n\n",
    ]
    for one in cases {
      let results = PromQLScript(script + one, file: "unicode").run()
      #expect(results.compactMap(\.failure).isEmpty && results.count == 1, "\(one)")
    }
  }
}
