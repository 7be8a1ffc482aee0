// Workers on a line of time: from when each was asked for, until now or until it went, and on to its expiry.

import { chip, el } from "./dom.js";
import { capital, count, money, shortClock, span, moment, time, words } from "./format.js";

export const states = {
  requested: ["coming", "ring"], provisioning: ["coming", "half"], joining: ["coming", "half"],
  standby: ["standby", "diamond"], ready: ["ready", "dot"], unhealthy: ["warn", "warning"],
  repairing: ["warn", "diamond"], draining: ["leaving", "downOpen"], failed: ["bad", "cross"],
  terminating: ["leaving", "down"], terminated: ["quiet", "dash"],
};
const leavingStates = new Set(["draining", "failed", "terminating", "terminated"]);

// Milliseconds.
const minute = 60_000;
const hour = 60 * minute;
const longestPast = 6 * hour;
// What is to come takes no more room than what has been, but this much at least.
const shortestFuture = 40 * minute;
// Rows that are drawn before somebody asks for all.
const rowsAtFirst = 60;

export function workers(view, options) {
  const all = [...view.workers, ...(options.departed ? view.departed : [])];
  const text = options.filter.trim().toLowerCase();
  const fitting = all.filter((worker) => !text || haystack(worker).includes(text));
  if (all.length === 0) return [el("p", { class: "empty" }, "No workers. They appear here as soon as one is asked for.")];
  if (fitting.length === 0) {
    return [el("p", { class: "empty" }, `None of the ${count(all.length, "worker")} fits “${options.filter.trim()}”.`)];
  }
  const shown = options.all ? fitting : fitting.slice(0, rowsAtFirst);
  const range = timeRange(shown, view.clock);
  return [
    el("table", { class: "workers", "data-key": "table" },
      el("caption", { class: "hidden" }, "Workers, with their lives on a line of time"),
      el("thead", {}, el("tr", {},
        el("th", { scope: "col" }, "Worker"), el("th", { scope: "col" }, "State"),
        el("th", { scope: "col", class: "line-head" }, el("span", { class: "hidden" }, "From creation to expiry"), axis(range)),
        el("th", { scope: "col", class: "right" }, "Age"), el("th", { scope: "col", class: "right" }, "Cost"),
        options.mayAct ? el("th", { scope: "col" }, el("span", { class: "hidden" }, "Change")) : null)),
      el("tbody", {}, shown.map((worker) => row(worker, view, range, options)))),
    legend(),
    shown.length < fitting.length
      ? el("p", { class: "more", "data-key": "more" }, `${shown.length} of ${fitting.length} are shown. `,
        el("button", { type: "button", "data-action": "all-workers" }, `Show all ${fitting.length}`))
      : null,
  ];
}

const haystack = (worker) =>
  [worker.name, worker.pool, worker.template, worker.state, worker.host, worker.reason?.sentence, worker.removal?.sentence]
    .join(" ").toLowerCase();

function timeRange(workers, now) {
  let from = now - 20 * minute, until = now + 10 * minute;
  for (const worker of workers) {
    from = Math.min(from, time(worker.created_at));
    if (worker.expires_at && !leavingStates.has(worker.state)) until = Math.max(until, time(worker.expires_at) + 5 * minute);
  }
  from = Math.max(from, now - longestPast);
  return { from, until: Math.min(until, now + Math.max(shortestFuture, now - from)), now };
}

const place = (range, at) =>
  Math.min(100, Math.max(0, (100 * (at - range.from)) / (range.until - range.from)));

function axis(range) {
  const length = range.until - range.from;
  const step = [5, 10, 15, 30, 60, 120, 180].map((minutes) => minutes * minute).find((step) => length / step <= 6) ?? 4 * hour;
  const marks = [];
  for (let at = Math.ceil(range.from / step) * step; at <= range.until; at += step) {
    const left = place(range, at);
    if (left < 3 || left > 97 || Math.abs(left - place(range, range.now)) < 7) continue;
    marks.push(el("span", { style: { left: `${left}%` } }, shortClock(at)));
  }
  marks.push(el("span", { class: "now", style: { left: `${place(range, range.now)}%` } }, "now"));
  return el("div", { class: "axis", "aria-hidden": "true" }, marks);
}

function row(worker, view, range, options) {
  const [kind, shape] = states[worker.state] ?? ["quiet", "ring"];
  const gone = worker.state === "terminated";
  const created = time(worker.created_at);
  const end = gone ? time(worker.state_since) : view.clock;
  const step = worker.step ? `${words(worker.step)}${worker.attempt > 1 ? `, attempt ${worker.attempt}` : ""}` : null;
  return el("tr", { "data-key": worker.id, class: gone ? "gone" : "", "data-worker": worker.name },
    el("th", { scope: "row" }, el("span", { class: "name" }, worker.name),
      el("span", { class: "muted note" }, [worker.template, worker.host, worker.machine ? `VM ${worker.machine}` : null].filter(Boolean).join(" · ")),
      el("details", { class: "why" }, el("summary", {}, "Why"), facts(worker, view))),
    el("td", { class: "state" }, chip(kind, shape, capital(worker.state)),
      step ? el("span", { class: "muted note" }, step) : null,
      worker.removal && !gone ? el("span", { class: "muted note" }, worker.removal.sentence) : null,
      worker.blocked_by ? el("span", { class: "note blocked" }, `Blocked by ${worker.blocked_by}`) : null),
    el("td", { class: "line" }, line(worker, view, range)),
    el("td", { class: "right num age" }, el("span", { class: "phone" }, "Age "), span(end - created),
      el("span", { class: "muted note" }, remaining(worker, view.clock))),
    el("td", { class: "right num cost" }, el("span", { class: "phone" }, "Cost "), money(worker.cost),
      el("span", { class: "muted note" }, gone ? "in all" : `${money(worker.price_per_hour)}/h`)),
    options.mayAct ? el("td", { class: "change" }, gone ? null : buttons(worker, view)) : null);
}

function remaining(worker, now) {
  if (worker.state === "terminated") return "went " + span(now - time(worker.state_since)) + " ago";
  if (!worker.expires_at) return "no expiry";
  const left = time(worker.expires_at) - now;
  return left >= 0 ? `${span(left)} left` : `expired ${span(-left)} ago`;
}

function buttons(worker, view) {
  const mayExtend = worker.expires_at && !leavingStates.has(worker.state) && (worker.extensions ?? 0) < view.maximum_extensions;
  return [
    mayExtend
      ? el("button", { type: "button", class: "quiet", "data-action": "extend", "data-worker": worker.name, "aria-label": `Extend ${worker.name}` }, "Extend")
      : null,
    worker.state === "terminating" ? null
      : el("button", { type: "button", class: "quiet", "data-action": "remove", "data-worker": worker.name, "aria-label": `Drain and remove ${worker.name}` },
        worker.state === "draining" ? "Force" : "Remove"),
  ];
}

function facts(worker, view) {
  const pair = (name, value) => (value ? [el("dt", {}, name), el("dd", {}, value)] : null);
  const decided = (view.report?.workers ?? []).find((report) => report.worker === worker.name);
  return el("dl", { class: "facts" },
    pair("Asked for", `${moment(time(worker.created_at), view.clock)}. ${worker.reason?.sentence ?? ""}`),
    pair("Ready", worker.ready_at ? `${moment(time(worker.ready_at), view.clock)}, ${span(time(worker.ready_at) - time(worker.created_at))} after it was asked for` : null),
    pair("Last decision", decided && worker.state !== "terminated"
      ? `${capital(decided.verdict)}: ${decided.reason.sentence} ${decided.reason.remedy ?? ""}` : null),
    pair("To go because", worker.removal?.sentence),
    pair("Expires", worker.expires_at ? `${moment(time(worker.expires_at), view.clock)}${worker.extensions ? `, extended ${count(worker.extensions, "time")}` : ""}` : null),
    pair("Last error", worker.last_error), pair("Address", worker.address));
}

// The life as a bar, and as a sentence for those who cannot see it.
function line(worker, view, range) {
  const created = time(worker.created_at), ready = time(worker.ready_at), since = time(worker.state_since);
  const gone = worker.state === "terminated";
  const end = gone ? since : view.clock;
  const parts = [];
  const part = (kind, from, until) => {
    const left = place(range, from), right = place(range, until);
    if (right > left) parts.push(el("span", { class: `life ${kind}`, style: { left: `${left}%`, width: `${right - left}%` } }));
  };
  const [kind] = states[worker.state] ?? ["quiet"];
  const awake = Number.isFinite(ready) ? ready : end;
  part("coming", created, Math.min(awake, end));
  if (Number.isFinite(ready)) {
    const steady = worker.state === "ready" || gone ? end : Math.max(ready, since);
    part(gone ? "past" : "ready", ready, steady);
    part(kind, steady, end);
  } else if (kind !== "coming") {
    part(kind, Math.max(created, since), end);
  }
  const expiry = time(worker.expires_at);
  if (!gone && Number.isFinite(expiry) && expiry > end) {
    part("ahead", end, expiry);
    parts.push(el("span", { class: expiry > range.until ? "expiry later" : "expiry", style: { left: `${place(range, expiry)}%` } }));
  }
  const told = [`asked for ${shortClock(created)}`];
  if (Number.isFinite(ready)) told.push(`ready ${shortClock(ready)}`);
  if (gone) told.push(`went ${shortClock(since)}`);
  else if (worker.state !== "ready") told.push(`${worker.state} since ${shortClock(since)}`);
  if (!gone && Number.isFinite(expiry)) told.push(`expires ${shortClock(expiry)}`);
  return el("div", { class: "lane", role: "img", "aria-label": capital(told.join(", ")), title: capital(told.join(", ")) },
    el("span", { class: "now-line", style: { left: `${place(range, view.clock)}%` } }), parts);
}

function legend() {
  const entry = (kind, text) => el("li", {}, el("span", { class: `swatch life ${kind}` }), text);
  return el("ul", { class: "legend", "data-key": "legend", "aria-label": "Kinds of the parts of a line" },
    entry("coming", "under way"), entry("ready", "ready"), entry("warn", "unhealthy or in repair"), entry("leaving", "draining, terminating"),
    entry("bad", "failed"), entry("past", "gone"), entry("ahead", "until expiry"));
}
