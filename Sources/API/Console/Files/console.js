// The console: puts the parts together, draws what the server answers, and takes what people do.

import { byID, chip, el, fill, mark, setText } from "./dom.js";
import { cap, capital, clock, count, money, moment, number, span, time } from "./format.js";
import { account, Session, signIn } from "./session.js";
import { call, Live } from "./live.js";
import { ask, isOpen } from "./dialogs.js";
import { budgets, Spending } from "./budgets.js";
import { decisions, events, waiting } from "./decisions.js";
import { decide, extend, remove, scale } from "./actions.js";
import { pools } from "./pools.js";
import { workers } from "./workers.js";

const options = { filter: "", departed: true, all: false, decisions: false, events: false };
const session = new Session();
const spending = new Spending();
let view = null;
let approvals = [];
let connection = { state: "connecting", since: null };
let announced = null;

// --- Drawing ----------------------------------------------------------------------------------------------------------

const mayAct = () => session.mayOperate && view?.mode === "act" && connection.state !== "lost";

function show(overview) {
  // Another version of the program has another console.
  if (view && view.version !== overview.version) location.reload();
  view = overview;
  view.clock = time(overview.now);
  draw();
  byID("main").setAttribute("aria-busy", "false");
  if (announced === null) performance.mark("first-data");
  if (announced !== view.summary) {
    // Read out when it changes, and not with every number that does.
    if (announced !== null) setText("announcer", view.summary);
    announced = view.summary;
  }
  loadApprovals();
  spending.renew(view).then((isNew) => {
    if (isNew && view) fill(byID("spending"), spending.draw(view));
  });
}

function draw() {
  drawConnection();
  if (!view) return;
  document.title = `${view.cluster} · Poolkeeper`;
  fill(byID("place"), [
    el("span", { class: "cluster" }, view.cluster),
    view.mode === "act" ? chip("ready", "dot", "Act") : chip("coming", "ring", "Observe"),
    view.following ? chip("warn", "ring", "Following") : chip("quiet", "dot", "Leading"),
  ]);
  drawSummary();
  drawAttention();
  drawApprovals();
  fill(byID("pools"), pools(view, mayAct()));
  fill(byID("workers"), workers(view, { ...options, mayAct: mayAct() }));
  fill(byID("decisions"), decisions(view, options.decisions));
  fill(byID("waiting"), waiting(view));
  fill(byID("budgets"), budgets(view));
  setText("cost-aside", `${view.currency}; budgets are those of the calendar month`);
  fill(byID("spending"), spending.draw(view));
  fill(byID("events"), events(view, options.events));
  setText("foot", `Poolkeeper ${view.version}. All times are UTC. Started ${moment(time(view.started_at), view.clock)}, ${count(view.ticks, "decision")} since.`);
}

function drawSummary() {
  const decided = time(view.last_decision_at);
  setText("decision", view.summary);
  setText("decided", Number.isFinite(decided)
    ? `Last decision ${moment(decided, view.clock)} UTC, ${span(view.clock - decided)} ago` : "No decision yet");
  const under = (names) => view.workers.filter((worker) => names.includes(worker.state)).length;
  const all = (view.report?.budgets ?? []).find((budget) => budget.scope === "all");
  const monthly = (view.report?.budgets ?? []).filter((budget) => view.pools.some((pool) => pool.name === budget.scope));
  const sum = (key) => (all ? number(all[key]) : monthly.reduce((total, budget) => total + number(budget[key]), 0));
  const price = view.workers.filter((worker) => !["requested", "terminated"].includes(worker.state))
    .reduce((total, worker) => total + number(worker.price_per_hour), 0);
  const pending = (view.report?.pod_groups ?? []).reduce((total, group) => total + group.pods, 0);
  const coming = under(["requested", "provisioning", "joining"]);
  const leaving = under(["draining", "terminating", "failed"]);
  const tell = (name, value, note, key) => el("div", { "data-key": name },
    el("dt", {}, name), el("dd", { "data-figure": key }, value), note ? el("dd", { class: "muted" }, note) : null);
  fill(byID("figures"), [
    tell("Workers", view.workers.length, [coming ? `${coming} under way` : null, leaving ? `${leaving} leaving` : null].filter(Boolean).join(", ") || "none under way", "workers"),
    tell("Pods that wait", pending, pending ? count(view.report.pod_groups.length, "group") : "every pod has a node", "pending"),
    tell("Price now", money(price), `${view.currency} an hour`, "price"),
    tell("Spent this month", money(sum("spent")), all ? `of ${cap(all.cap)} ${view.currency}` : view.currency, "spent"),
    tell("Forecast", money(sum("forecast")), "by the month's end", "forecast"),
  ]);
}

function drawAttention() {
  const items = [];
  const add = (kind, shape, title, text) => items.push(el("li", { class: kind, "data-key": `${title} ${text}` }, mark(shape), el("span", {}, el("strong", {}, `${title} `), text)));
  for (const violation of view.report?.violations ?? []) {
    add("bad", "cross", "The last plan is not carried out.", `${violation.sentence} ${violation.remedy ?? ""}`);
  }
  const decided = time(view.last_decision_at);
  const late = view.clock - decided;
  if (late > Math.max(60_000, view.tick_seconds * 4_000)) {
    add("bad", "warning", "No decision", `for ${span(late)}; one is due every ${span(view.tick_seconds * 1000)}. The log says what holds it up.`);
  }
  for (const sentence of view.report?.missing ?? []) add("warn", "warning", "Unknown:", sentence);
  if (view.following) add("info", "ring", "Not leading.", view.following);
  if (view.mode === "observe") add("info", "ring", "Observe mode.", "Decisions are made and told, and nothing is carried out.");
  for (const budget of view.report?.budgets ?? []) if (budget.reason) add("warn", "warning", "Budget:", budget.reason.sentence);
  for (const worker of view.workers) {
    if (worker.blocked_by) add("warn", "warning", "Drain held up:", `${worker.name} waits for ${worker.blocked_by}.`);
    if (worker.state === "failed") add("bad", "cross", "Failed:", `${worker.name}. ${worker.last_error ?? ""}`);
    if (worker.state === "unhealthy") add("warn", "warning", "Unhealthy:", `${worker.name} since ${clock(time(worker.state_since))}. ${worker.last_error ?? ""}`);
  }
  byID("attention").hidden = items.length === 0;
  fill(byID("attention-list"), items);
}

function drawApprovals() {
  byID("approvals").hidden = approvals.length === 0;
  fill(byID("approvals-list"), approvals.map((approval) => el("li", { "data-key": approval.id },
    el("div", {}, el("p", { class: "strong" }, approval.sentence),
      el("p", { class: "muted" }, `${capital(approval.kind ?? "request")} of ${approval.subject ?? approval.pool}, asked for by ${approval.asked_by}`
        + (approval.asked_at ? ` ${span(view.clock - time(approval.asked_at))} ago` : "")
        + (approval.added_cost !== undefined ? `; costs ${money(approval.added_cost)} ${view.currency} at most` : "")
        + (approval.deadline ? `; lapses in ${span(time(approval.deadline) - view.clock)}` : "")),
      approval.purpose ? el("p", { class: "muted" }, `Because: ${approval.purpose}`) : null),
    mayAct()
      ? el("div", { class: "row" },
        el("button", { type: "button", class: "primary", "data-action": "approve", "data-id": approval.id }, "Approve…"),
        el("button", { type: "button", class: "quiet", "data-action": "reject", "data-id": approval.id }, "Reject…"))
      : null)));
}

// Milliseconds between two questions for approvals.
const approvalsEvery = 2_000;
let hasApprovals = true, approvalsTimer = null, approvalsAt = 0;
async function loadApprovals() {
  if (!hasApprovals || approvalsTimer) return;
  const wait = approvalsAt + approvalsEvery - Date.now();
  if (wait > 0) {
    approvalsTimer = setTimeout(() => {
      approvalsTimer = null;
      loadApprovals();
    }, wait);
    return;
  }
  approvalsAt = Date.now();
  try {
    approvals = (await call("GET", "api/v1/approvals"))?.approvals ?? [];
    if (view) drawApprovals();
  } catch (error) {
    // A program without approvals has no such path; it need not be asked again.
    if (error.status === 404) hasApprovals = false;
  }
}

function drawConnection() {
  const { state, since, error } = connection;
  const lost = state === "lost";
  document.documentElement.dataset.connection = state;
  setText("connection-text", {
    connecting: "Connecting…", live: "Live", polling: "Live, asked every 5 s", lost: "Disconnected", refused: "Not signed in",
  }[state]);
  const banner = byID("lost");
  banner.hidden = !lost;
  if (!lost) return;
  const what = since ? `Disconnected since ${clock(since)} UTC.` : "The server cannot be reached.";
  const old = view ? ` What is shown is as of ${clock(view.clock)} and no longer true for certain.` : "";
  setText("lost", `${what}${old} Trying again.${error?.status ? ` It said: ${error.message}` : ""}`);
}

// --- Following the server -----------------------------------------------------------------------------------------------

const live = new Live({
  show,
  tick(now) {
    if (!view || connection.state === "lost") return;
    view.clock = now;
    draw();
  },
  state(state, since, error) {
    const was = connection.state;
    connection = { state, since: state === "lost" && was === "lost" ? connection.since : since, error };
    if (was === state && state !== "lost") return;
    if (was === "lost" && state !== "lost") setText("announcer", "Connected again. What is shown is true.");
    draw();
  },
  refused(error) {
    connection = { state: "refused" };
    drawConnection();
    begin(error.message);
  },
});

const refresh = () => live.refresh();

// Learns who is signed in, then what there is to see.
async function begin(why) {
  try { await session.load(); } catch (error) {
    connection = { state: "lost", since: null, error };
    drawConnection();
    setTimeout(begin, 2_000);
    return;
  }
  const button = byID("account");
  button.hidden = !session.needed;
  button.textContent = session.signedIn ? session.words : "Sign in";
  if (session.mayRead) {
    live.stop();
    live.start();
    return;
  }
  connection = { state: "refused" };
  view = null;
  for (const id of ["pools", "workers", "decisions", "waiting", "budgets", "spending", "events", "figures"]) fill(byID(id), []);
  setText("decision", "Sign in to see the pools.");
  setText("decided", "This server asks who you are.");
  drawConnection();
  signIn(session, () => begin(), session.signedIn ? `${session.words} may send samples and not look at pools.` : why);
}

// --- What people do -------------------------------------------------------------------------------------------------------

const themes = ["system", "light", "dark"];
function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byID("theme").setAttribute("aria-label", `Colours: ${theme === "system" ? "as the system" : theme}`);
  byID("theme").title = `Colours: ${theme === "system" ? "as the system" : theme}`;
  try { localStorage.setItem("poolkeeper-theme", theme); } catch { /* A browser that keeps nothing. */ }
}

function savedTheme() {
  try { return themes.includes(localStorage.getItem("poolkeeper-theme")) ? localStorage.getItem("poolkeeper-theme") : "system"; } catch { return "system"; }
}

const sections = ["pools", "workers", "decisions", "waiting", "events", "cost"];
const shortcuts = [
  ["a", "Add workers"], ["/", "Filter workers"], ["1 – 6", "Go to pools, workers, decisions, what waits, events, cost"],
  ["t", "Colours: as the system, light, dark"], ["r", "Ask the server now"], ["?", "This help"], ["Esc", "Close a dialog"],
];

const actions = {
  theme: () => setTheme(themes[(themes.indexOf(savedTheme()) + 1) % themes.length]),
  help: () => ask({
    title: "Keyboard and signs",
    body: [
      el("dl", { class: "keys" }, shortcuts.map(([key, text]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, text)])),
      el("p", { class: "muted" }, "In the meters of pools, a thin line marks the minimum and a triangle the size that is wanted. In those of budgets, the solid part is spent, the striped part is sure to follow, the triangle is the forecast, and the right end is the cap."),
    ],
  }),
  session: () => (session.signedIn ? account(session, () => begin()) : signIn(session, () => begin())),
  scale: (data) => mayAct() && scale(view, data.pool, refresh),
  extend: (data) => mayAct() && extend(view, data.worker, refresh),
  remove: (data) => mayAct() && remove(view, data.worker, refresh),
  approve: (data) => mayAct() && decide(view, approvals, data.id, "approve", refresh),
  reject: (data) => mayAct() && decide(view, approvals, data.id, "reject", refresh),
  "all-workers": () => { options.all = true; draw(); },
  "all-decisions": () => { options.decisions = true; draw(); },
  "all-events": () => { options.events = true; draw(); },
};

document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-action]");
  if (target) actions[target.dataset.action]?.(target.dataset);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isOpen()) return;
  if (event.target.closest?.("input, select, textarea")) return;
  const section = sections[Number(event.key) - 1];
  if (section) {
    const title = byID(`${section}-title`);
    title.scrollIntoView({ block: "start" });
    title.focus({ preventScroll: true });
  } else if (event.key === "/") {
    byID("worker-filter").focus();
  } else {
    const action = { a: "scale", t: "theme", r: "refresh", "?": "help" }[event.key];
    if (action === "refresh") refresh();
    else if (action) actions[action]({});
    else return;
  }
  event.preventDefault();
});

byID("worker-filter").addEventListener("input", (event) => { options.filter = event.target.value; draw(); });
byID("worker-departed").addEventListener("change", (event) => { options.departed = event.target.checked; draw(); });

setTheme(savedTheme());
begin();
