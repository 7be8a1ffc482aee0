// Cost against budgets, and how the spending of the month has grown.

import { chip, el } from "./dom.js";
import { capital, cap, money, number, percent, shortClock } from "./format.js";
import { call } from "./live.js";

// Spent, what is sure to follow, the forecast, and the cap as the right end.
export function budgetBar(report) {
  const top = Math.max(number(report.cap), number(report.spent), 0.000001);
  const share = (value) => `${Math.min(100, (100 * number(value)) / top)}%`;
  const over = number(report.forecast) > number(report.cap);
  return el("div", { class: over ? "meter money over" : "meter money", "aria-hidden": "true" },
    el("span", { class: "part spent", style: { width: share(report.spent) } }),
    el("span", { class: "part committed", style: { width: share(Math.min(number(report.committed), Math.max(0, top - number(report.spent)))) } }),
    number(report.forecast) > 0 ? el("span", { class: "goal", style: { left: share(report.forecast) } }) : null);
}

export function scopeName(scope) {
  if (scope === "all") return "All pools";
  if (scope === "all/hour") return "All pools, an hour";
  if (scope === "burst_event") return "Burst event";
  return scope.endsWith("/hour") ? `${scope.slice(0, -5)}, an hour` : capital(scope);
}

export function budgets(view) {
  const reports = view.report?.budgets ?? [];
  if (reports.length === 0) return [el("p", { class: "empty" }, "No budget is configured, so nothing bounds what workers may cost.")];
  const order = [...reports].sort((one, other) => (other.scope === "all") - (one.scope === "all"));
  return [el("table", { class: "budgets" },
    el("caption", { class: "hidden" }, `Budgets in ${view.currency}`),
    el("thead", {}, el("tr", {}, ["Scope", "Spent", "Committed", "Forecast", "Cap", "Used"].map((title, index) =>
      el("th", { scope: "col", class: index > 0 ? "right" : "" }, title)))),
    el("tbody", {}, order.map((report) => row(report, view))))];
}

function row(report, view) {
  const cells = [money(report.spent), money(report.committed), money(report.forecast), cap(report.cap),
    percent(number(report.spent) / number(report.cap))];
  const over = number(report.forecast) > number(report.cap);
  return el("tr", { "data-key": report.scope, "data-scope": report.scope },
    el("th", { scope: "row" }, scopeName(report.scope), budgetBar(report),
      over ? chip("bad", "warning", "The forecast is above the cap") : null,
      report.reason ? el("span", { class: "note attention-note" }, report.reason.sentence) : null),
    cells.map((cell, index) => el("td", {
      class: "right num", "data-label": ["Spent", "Committed", "Forecast", "Cap", "Used"][index], title: `${cell} ${view.currency}`,
    }, cell)));
}

// --- Spending over time ---------------------------------------------------------------------------------------------

// Milliseconds.
const longest = 24 * 3_600_000;
const points = 120;
const width = 640, height = 200, left = 52, right = 12, top = 12, bottom = 26;

// What all pools have spent in the month, from the program's own series in its own store.
export class Spending {
  constructor() {
    this.state = "unasked";
    this.points = [];
    this.askedAt = 0;
  }

  // Asks again when the last answer is half a minute old.
  // - Returns: whether there is something new to be drawn.
  async renew(view) {
    if (Date.now() - this.askedAt < 30_000) return false;
    this.askedAt = Date.now();
    const end = Math.floor(view.clock / 1000), start = end - longest / 1000;
    const scopes = (view.report?.budgets ?? []).map((budget) => budget.scope);
    const query = scopes.includes("all")
      ? 'max(poolkeeper_budget_spent{scope="all"})'
      : 'sum(max by (scope) (poolkeeper_budget_spent{scope!="burst_event",scope!~".+/hour"}))';
    const parameters = new URLSearchParams({ query, start, end, step: Math.ceil(longest / 1000 / points) });
    try {
      const answer = await call("GET", `api/v1/query_range?${parameters}`);
      const values = answer?.data?.result?.[0]?.values ?? [];
      this.points = values.map(([at, value]) => [at * 1000, Number(value)]).filter(([, value]) => Number.isFinite(value));
      this.state = this.points.length >= 2 ? "known" : "absent";
    } catch (error) {
      this.state = "failed";
      this.error = error.message;
    }
    return true;
  }

  draw(view) {
    if (this.state === "unasked") return [el("p", { class: "empty" }, "Asking for the spending of the last day…")];
    if (this.state === "failed") return [el("p", { class: "empty" }, `The spending over time cannot be shown: ${this.error}`)];
    if (this.state === "absent") {
      return [el("p", { class: "empty" },
        "No history of the spending: the store has no series poolkeeper_budget_spent. It fills when the program keeps its own metrics, or when a Prometheus scrapes /metrics and writes them here.")];
    }
    return [chart(this.points, view)];
  }
}

function chart(data, view) {
  const from = data[0][0], until = Math.max(view.clock, data[data.length - 1][0]);
  const most = niceTop(Math.max(...data.map(([, value]) => value)));
  const x = (at) => left + ((width - left - right) * (at - from)) / Math.max(1, until - from);
  const y = (value) => height - bottom - ((height - top - bottom) * value) / most;
  const line = data.map(([at, value], index) => `${index === 0 ? "M" : "L"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const area = `${line}L${x(data[data.length - 1][0]).toFixed(1)} ${y(0)}L${x(from).toFixed(1)} ${y(0)}z`;
  const first = data[0][1], last = data[data.length - 1][1];
  const title = `What all pools have cost this month, from ${shortClock(from)} to ${shortClock(until)}: `
    + `${money(first)} at first, ${money(last)} ${view.currency} at last.`;
  return el("figure", { class: "chart" },
    el("figcaption", {}, "Spent this month, ", view.currency, el("span", { class: "muted" }, `, ${shortClock(from)}–${shortClock(until)} UTC`)),
    el("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title },
      [0, 0.5, 1].map((share) => [
        el("line", { class: "grid", x1: left, x2: width - right, y1: y(most * share), y2: y(most * share) }),
        el("text", { x: left - 8, y: y(most * share) + 4, "text-anchor": "end" }, money(most * share)),
      ]),
      [0, 0.5, 1].map((share) =>
        el("text", { x: left + (width - left - right) * share, y: height - 6, "text-anchor": ["start", "middle", "end"][share * 2] },
          shortClock(from + (until - from) * share))),
      el("path", { class: "area", d: area }), el("path", { class: "curve", d: line }),
      el("circle", { class: "end", cx: x(data[data.length - 1][0]), cy: y(last), r: 3.5 })),
    el("details", {}, el("summary", {}, "As a table"),
      el("table", { class: "plain" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Time (UTC)"), el("th", { scope: "col", class: "right" }, `Spent (${view.currency})`))),
        el("tbody", {}, sparse(data).map(([at, value]) =>
          el("tr", {}, el("td", { class: "num" }, shortClock(at)), el("td", { class: "right num" }, money(value))))))));
}

// About a dozen of the points, the last among them.
function sparse(data) {
  const step = Math.max(1, Math.ceil(data.length / 12));
  return data.filter((_, index) => (data.length - 1 - index) % step === 0);
}

function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? 10 * power;
}

