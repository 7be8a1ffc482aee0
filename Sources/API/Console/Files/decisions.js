// Why the last decisions were taken, what waits for what, and what happened.

import { chip, el, mark } from "./dom.js";
import { capital, count, moment, span, time, words } from "./format.js";
import { verdicts } from "./pools.js";

const decisionsAtFirst = 12;
const eventsAtFirst = 20;

export function decisions(view, showAll) {
  if (view.decisions.length === 0) {
    return [el("p", { class: "empty" }, "No decision has been made yet. The first follows within ", span(view.tick_seconds * 1000), " of the start.")];
  }
  const shown = showAll ? view.decisions : view.decisions.slice(0, decisionsAtFirst);
  return [
    el("ol", { class: "decisions", "data-key": "list" }, shown.map((decision) => note(decision, view))),
    more("all-decisions", shown.length, view.decisions.length),
  ];
}

function note(decision, view) {
  const at = time(decision.at), until = time(decision.until);
  const changed = decision.pools.filter((pool) => pool.changed);
  return el("li", { "data-key": decision.at },
    el("p", { class: "when" }, el("time", { datetime: decision.at }, moment(at, view.clock)),
      until > at ? el("span", { class: "muted" }, ` stood ${span(until - at)}`) : null),
    el("p", { class: "what" }, decision.summary),
    changed.length === 0 ? null : el("ul", { class: "whys" }, changed.map((pool) => {
      const [kind, shape] = verdicts[pool.verdict] ?? verdicts.hold;
      return el("li", {}, el("span", { class: `tone ${kind}` }, mark(shape)),
        el("span", { class: "hidden" }, `${capital(pool.verdict)}: `),
        pool.reasons.map((reason) => reason.sentence).join(" ") || `Pool ${pool.pool}: ${pool.verdict}.`);
    })));
}

function more(action, shown, all) {
  if (shown >= all) return null;
  return el("p", { class: "more", "data-key": "more" }, el("button", { type: "button", "data-action": action }, `Show all ${all}`));
}

const outcomes = {
  fits_existing: ["ready", "dot"], fits_under_way: ["coming", "half"], new_workers: ["growing", "up"], waits: ["warn", "ring"],
  impossible: ["bad", "cross"], served: ["ready", "dot"], partly: ["coming", "half"], refused: ["bad", "cross"],
};

export function waiting(view) {
  const report = view.report;
  if (!report) return [el("p", { class: "empty" }, "Nothing is known yet.")];
  const items = [
    ...report.pod_groups.map((group) => {
      const owners = group.owners ?? [];
      const name = owners.length > 0 ? owners[0] : `${group.example.namespace}/${group.example.name}`;
      const others = owners.length > 1 ? ` and ${count(owners.length - 1, "other")}` : "";
      return item(`pods-${group.example.namespace}/${group.example.name}`, count(group.pods, "pod"), name + others, group);
    }),
    ...report.requests.map((request) => item(`request-${request.request}`, "Order", request.request, request)),
    ...(report.alerts ?? []).map((alert) => item(`alert-${alert.fingerprint}`, "Alert", alert.name, alert)),
    ...(report.schedules ?? []).map((schedule) =>
      item(`schedule-${schedule.schedule}`, "Schedule", schedule.schedule, { ...schedule, outcome: schedule.active ? "served" : "idle" },
        schedule.active ? "in force" : "not in force")),
  ];
  if (items.length === 0) {
    return [el("p", { class: "empty" }, "Nothing waits: every pod has a node, and no order, alert or schedule asks for workers.")];
  }
  return [el("ul", { class: "waiting" }, items)];
}

function item(key, kind, name, report, label) {
  const [tone, shape] = outcomes[report.outcome] ?? ["quiet", "ring"];
  return el("li", { "data-key": key },
    el("p", { class: "waiting-head" }, el("span", { class: "muted" }, kind), el("span", { class: "name" }, name),
      chip(tone, shape, label ?? capital(words(report.outcome)))),
    el("p", {}, report.reason.sentence),
    report.reason.remedy ? el("p", { class: "muted" }, report.reason.remedy) : null);
}

export function events(view, showAll) {
  if (view.events_unknown) return [el("p", { class: "empty" }, `The events cannot be read: ${view.events_unknown}`)];
  if (view.events.length === 0) return [el("p", { class: "empty" }, "Nothing has happened yet.")];
  const shown = showAll ? view.events : view.events.slice(0, eventsAtFirst);
  const seen = new Map();
  return [
    el("table", { class: "events", "data-key": "table" },
      el("caption", { class: "hidden" }, "Events, the newest first"),
      el("thead", { class: "hidden" }, el("tr", {},
        el("th", { scope: "col" }, "Time"), el("th", { scope: "col" }, "What happened"))),
      el("tbody", {}, shown.map((event) => {
        const base = `${event.at} ${event.code} ${event.name}`;
        const again = seen.get(base) ?? 0;
        seen.set(base, again + 1);
        return el("tr", { "data-key": `${base} ${again}` },
          el("td", { class: "num" }, el("time", { datetime: event.at }, moment(time(event.at), view.clock))),
          el("td", {}, event.sentence, el("span", { class: "muted note" }, words(event.code))));
      }))),
    more("all-events", shown.length, view.events.length),
  ];
}
