// Pools: how large, how large they are to be and why, what their triggers read, and what of their budget is used.

import { chip, el, mark } from "./dom.js";
import { capital, cap, count, figure, money, number, span, time, words } from "./format.js";
import { budgetBar } from "./budgets.js";

export const verdicts = {
  grow: ["growing", "up"], shrink: ["shrinking", "down"], hold: ["steady", "equal"], refused: ["bad", "cross"],
  disabled: ["quiet", "dash"],
};

const phases = {
  inactive: ["quiet", "ring"], pending: ["warn", "half"], firing: ["growing", "dot"], unknown: ["bad", "warning"],
};

const signs = { ">=": "≥", "<=": "≤" };

export function pools(view, mayAct) {
  if (view.pools.length === 0) return [el("p", { class: "empty" }, "The configuration has no pools.")];
  return view.pools.map((pool) => card(pool, view, mayAct));
}

function card(pool, view, mayAct) {
  const report = pool.report;
  const verdict = report?.verdict ?? (pool.enabled ? "hold" : "disabled");
  const title = `pool-${pool.name}`;
  const [kind, shape] = verdicts[verdict] ?? verdicts.hold;
  const reasons = report?.reasons ?? [];
  return el("article", { class: "pool", "data-key": pool.name, "aria-labelledby": title },
    el("div", { class: "pool-head" },
      el("h3", { id: title }, pool.name, pool.kind !== pool.name ? el("span", { class: "kind" }, ` ${pool.kind}`) : null),
      report ? chip(kind, shape, capital(verdict)) : null),
    report ? size(pool, report) : null,
    el("div", { class: "reasons" },
      reasons.length === 0 ? el("p", { class: "muted" }, "No decision has been made yet.") : null,
      reasons.map((reason) => [
        el("p", {}, reason.sentence), reason.remedy ? el("p", { class: "muted" }, reason.remedy) : null,
      ])),
    triggers(pool, view),
    budget(pool, view),
    el("div", { class: "pool-foot" }, bounds(report),
      mayAct && pool.enabled
        ? el("button", { type: "button", "data-action": "scale", "data-pool": pool.name, "aria-label": `Add workers to ${pool.name}` },
          mark("plus"), "Add workers")
        : null));
}

// A scale from 0 to the maximum: ready, under way, leaving, and where it is to be.
function size(pool, report) {
  const ready = report.ready, coming = report.under_way, leaving = report.leaving;
  const top = Math.max(1, report.maximum, ready + coming + leaving);
  const share = (part) => `${(100 * part) / top}%`;
  const words = [`${ready} ready`];
  if (coming > 0) words.push(`${coming} under way`);
  if (leaving > 0) words.push(`${leaving} leaving`);
  if (report.standby > 0) words.push(`${report.standby} on standby`);
  return el("div", { class: "size" },
    el("p", { class: "size-line" },
      el("span", { class: "big" }, ready + coming), el("span", { class: "muted" }, ` of ${report.minimum}–${report.maximum}`),
      report.desired !== ready + coming
        ? el("span", { class: "wanted" }, `to be ${report.desired}`) : null,
      el("span", { class: "parts" }, words.join(" · "))),
    el("div", { class: "meter", "aria-hidden": "true" },
      el("span", { class: "part ready", style: { width: share(ready) } }),
      el("span", { class: "part coming", style: { width: share(coming) } }),
      el("span", { class: "part leaving", style: { width: share(leaving) } }),
      report.minimum > 0 ? el("span", { class: "limit", style: { left: share(report.minimum) } }) : null,
      report.desired !== ready + coming ? el("span", { class: "goal", style: { left: share(report.desired) } }) : null));
}

function triggers(pool, view) {
  const reports = (view.report?.triggers ?? []).filter((trigger) => trigger.pool === pool.name);
  if (reports.length === 0) return null;
  return el("table", { class: "triggers" },
    el("caption", { class: "hidden" }, `Triggers of pool ${pool.name}`),
    el("thead", {}, el("tr", {},
      el("th", { scope: "col" }, "Trigger"), el("th", { scope: "col", class: "right" }, "Reading"),
      el("th", { scope: "col" }, "Fires at"), el("th", { scope: "col" }, "State"))),
    el("tbody", {}, reports.map((report) => triggerRow(report, view))));
}

function triggerRow(report, view) {
  const rule = view.triggers.find((trigger) => trigger.trigger === report.trigger);
  const name = report.trigger.split("/").slice(1).join("/") || report.trigger;
  const phase = report.state.phase;
  const [kind, shape] = phases[phase] ?? phases.unknown;
  const reading = report.state.last_reading;
  const unit = { pending_pods: "", cpu_pressure: " %", memory_pressure: " %" }[rule?.kind] ?? "";
  const value = reading ? number(reading.value) : NaN;
  const held = report.state.true_since ? view.clock - time(report.state.true_since) : null;
  const state = phase === "pending" && held !== null && rule
    ? `${capital(phase)} ${span(held)} of ${span(rule.hold_seconds * 1000)}` : capital(phase);
  return el("tr", { "data-key": report.trigger, title: rule?.expression },
    el("th", { scope: "row" }, words(name),
      report.forecast ? el("span", { class: "muted note" }, report.forecast.sentence) : null),
    el("td", { class: "right num" }, reading ? `${figure(value)}${unit}` : "missing"),
    el("td", { class: "num" }, `${signs[rule?.comparison] ?? rule?.comparison ?? ""} ${figure(report.threshold)}${unit}`,
      rule && rule.hold_seconds > 0 ? el("span", { class: "muted" }, ` for ${span(rule.hold_seconds * 1000)}`) : null),
    el("td", {}, chip(kind, shape, state),
      phase === "unknown" ? el("span", { class: "muted note" }, report.reason.sentence) : null));
}

function budget(pool, view) {
  const report = (view.report?.budgets ?? []).find((budget) => budget.scope === pool.name);
  if (!report) return null;
  return el("div", { class: "pool-budget" },
    el("p", {}, el("span", { class: "num" }, money(report.spent)), el("span", { class: "muted" }, " spent of "),
      el("span", { class: "num" }, cap(report.cap)), el("span", { class: "muted" }, ` ${view.currency} this month, forecast `),
      el("span", { class: "num" }, money(report.forecast))),
    budgetBar(report));
}

function bounds(report) {
  const list = (report?.bounds ?? []).filter((bound) => bound.code !== "minimum_reached" || report.bounds.length === 1);
  if (list.length === 0) return el("span", {});
  return el("details", {},
    el("summary", {}, count(report.bounds.length, "bound")),
    el("ul", {}, report.bounds.map((bound) => el("li", {}, bound.sentence))));
}

