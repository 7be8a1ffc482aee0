// What people may do: add workers, extend, drain and remove, approve and reject. Each asks first and says what will come of it.

import { el } from "./dom.js";
import { ask, check, field, reasonField, toast } from "./dialogs.js";
import { call } from "./live.js";
import { cap, clock, count, money, number, span, time } from "./format.js";

const path = (text) => encodeURIComponent(text);

function reasonOf(form) {
  const reason = form.elements.reason.value.trim();
  return reason ? { reason } : {};
}

// A budget's room for what would be added, in a sentence for each cap that applies.
function budgetLines(view, pool, added, perHour) {
  return (view.report?.budgets ?? [])
    .filter(({ scope }) => [pool, "all", `${pool}/hour`, "all/hour"].includes(scope))
    .map((budget) => {
      const hourly = budget.scope.endsWith("/hour");
      const extra = hourly ? perHour : added;
      const room = number(budget.cap) - number(budget.spent) - number(budget.committed);
      const name = budget.scope.startsWith("all") ? "All pools" : `Pool ${pool}`;
      const unit = hourly ? `${view.currency} an hour` : `${view.currency} this month`;
      const told = `${name}: ${money(number(budget.spent) + number(budget.committed))} spent and committed of ${cap(budget.cap)} ${unit}`;
      if (extra > room) {
        return el("li", { class: "tone bad" }, `${told}; there is room for ${money(Math.max(0, room))}, so not all of it would be granted.`);
      }
      return el("li", {}, `${told}; room for this.`);
    });
}

export function scale(view, poolName, refresh) {
  const enabled = view.pools.filter((pool) => pool.enabled);
  if (enabled.length === 0) return;
  const chosen = enabled.find((pool) => pool.name === poolName) ?? enabled[0];
  const poolSelect = el("select", { name: "pool" }, enabled.map((pool) => el("option", { value: pool.name }, pool.name)));
  poolSelect.value = chosen.name;
  const templateSelect = el("select", { name: "template" });
  const hours = el("input", { name: "hours", type: "number", min: "0.05", max: "8784", step: "any", inputmode: "decimal" });
  const price = (pool, template) =>
    number(view.prices.find((entry) => entry.pool === pool && entry.template === template)?.price_per_hour ?? NaN);
  const current = () => enabled.find((pool) => pool.name === poolSelect.value);
  const choosePool = () => {
    const pool = current();
    templateSelect.replaceChildren(...pool.templates.map((template) =>
      el("option", { value: template }, `${template}, ${money(price(pool.name, template))} ${view.currency} an hour`)));
    templateSelect.value = pool.default_template;
    hours.value = pool.default_time_to_live_seconds ? pool.default_time_to_live_seconds / 3600 : "";
    hours.disabled = !pool.default_time_to_live_seconds;
    const longest = pool.maximum_time_to_live_seconds ? pool.maximum_time_to_live_seconds / 3600 : 8784;
    hours.max = longest;
    document.getElementById("field-hours-note").textContent = hours.disabled
      ? "Workers of this pool do not expire." : `${hours.value} unless you say otherwise, ${longest} at most.`;
  };
  poolSelect.addEventListener("input", choosePool);
  ask({
    title: "Add workers",
    body: [
      field("Pool", poolSelect),
      el("div", { class: "pair" },
        field("How many", el("input", { name: "workers", type: "number", min: 1, max: 10000, step: 1, value: 1, required: true, autofocus: true })),
        field("Hours to live", hours, " ")),
      field("Template", templateSelect),
      reasonField(),
    ],
    explain: (form) => {
      const pool = current();
      const workers = Math.max(0, Math.floor(Number(form.elements.workers.value)));
      if (!(workers >= 1)) return el("p", {}, "Say how many workers to add, 1 or more.");
      const each = price(pool.name, templateSelect.value);
      const perHour = workers * each;
      const life = hours.disabled ? null : Number(hours.value);
      const longest = life ? perHour * life : null;
      const there = (pool.report?.ready ?? 0) + (pool.report?.under_way ?? 0);
      const cost = Number.isFinite(perHour)
        ? `It costs ${money(perHour)} ${view.currency} an hour${longest ? `, ${money(longest)} ${view.currency} over ${span(life * 3_600_000)}` : ", for as long as the pool keeps it"}.`
        : "Its price is not known.";
      return [
        el("p", {}, `${count(workers, "worker")} of template ${templateSelect.value} will be created for pool ${pool.name}, which has ${there} of at most ${pool.maximum}.`),
        el("p", { class: "strong" }, cost),
        there + workers > pool.maximum
          ? el("p", { class: "tone bad" }, `That is more than the pool's maximum: ${count(Math.max(0, pool.maximum - there), "worker")} can come now.`) : null,
        el("ul", {}, budgetLines(view, pool.name, longest ?? perHour, perHour)),
      ];
    },
    submit: (form) => `Add ${count(Math.max(1, Math.floor(Number(form.elements.workers.value)) || 1), "worker")}`,
    ready: choosePool,
    carryOut: async (form) => {
      const pool = current();
      const body = { workers: Number(form.elements.workers.value), template: templateSelect.value, ...reasonOf(form) };
      if (!hours.disabled && hours.value) body.ttl_hours = Number(hours.value);
      const answer = await call("POST", `api/v1/pools/${path(pool.name)}/scale`, body);
      const asked = `${count(answer?.workers ?? body.workers, "worker")} asked for in pool ${pool.name}`;
      toast(answer?.waits_for_approval ? `${asked}. That waits for approval.` : `${asked}.`);
      refresh();
    },
  });
}

export function extend(view, name, refresh) {
  const worker = view.workers.find((worker) => worker.name === name);
  if (!worker?.expires_at) return;
  const standard = view.extension_seconds / 3600;
  ask({
    title: `Extend ${name}`,
    body: [
      field("By how many hours", el("input", {
        name: "hours", type: "number", min: "0.05", max: "8784", step: "any", value: standard, required: true, inputmode: "decimal", autofocus: true,
      }), `It has been extended ${count(worker.extensions ?? 0, "time")}; ${view.maximum_extensions} are allowed.`),
      reasonField(),
    ],
    explain: (form) => {
      const hours = Number(form.elements.hours.value);
      if (!(hours > 0)) return el("p", {}, "Say by how many hours, more than 0.");
      const added = hours * number(worker.price_per_hour);
      return [
        el("p", {}, `It will expire at ${clock(time(worker.expires_at) + hours * 3_600_000)} instead of ${clock(time(worker.expires_at))} UTC.`),
        el("p", { class: "strong" }, `That costs up to ${money(added)} ${view.currency} more.`),
        el("ul", {}, budgetLines(view, worker.pool, added, 0)),
      ];
    },
    submit: (form) => `Extend by ${span(Number(form.elements.hours.value) * 3_600_000)}`,
    carryOut: async (form) => {
      const answer = await call("POST", `api/v1/workers/${path(name)}/extend`, { hours: Number(form.elements.hours.value), ...reasonOf(form) });
      if (answer?.waits_for_approval) toast(`The extension of ${name} waits for approval.`);
      else toast(`${name} now expires at ${clock(time(answer?.expires_at ?? worker.expires_at))} UTC.`);
      refresh();
    },
  });
}

export function remove(view, name, refresh) {
  const worker = view.workers.find((worker) => worker.name === name);
  if (!worker) return;
  const draining = worker.state === "draining";
  const report = (view.report?.workers ?? []).find((report) => report.worker === name);
  const pods = report?.reason?.data?.pods;
  const pool = view.pools.find((pool) => pool.name === worker.pool);
  const there = (pool?.report?.ready ?? 0) + (pool?.report?.under_way ?? 0);
  ask({
    title: draining ? `Force ${name} out` : `Drain and remove ${name}`,
    body: [
      check("By force", "force", "Do not wait for its pods, and power the machine off."),
      reasonField(),
    ],
    explain: (form) => {
      const force = form.elements.force.checked;
      const inside = pods ? `its ${count(Number(pods), "pod")}` : "its pods";
      return [
        force
          ? el("p", { class: "tone bad" }, `The node is cordoned, ${inside} are not waited for and may lose their work, the machine is powered off and deleted.`)
          : el("p", {}, draining
            ? "It is draining already. By force it would stop waiting for its pods."
            : `The node is cordoned, ${inside} are evicted within the limits of their disruption budgets, then the machine is shut down and deleted.`),
        el("p", { class: "strong" }, `That saves ${money(worker.price_per_hour)} ${view.currency} an hour; it has cost ${money(worker.cost)} so far.`),
        pool && there <= pool.minimum && !draining
          ? el("p", {}, `Pool ${pool.name} is at its minimum of ${pool.minimum}: another worker will be created in its place.`) : null,
      ];
    },
    submit: (form) => (form.elements.force.checked ? "Remove by force" : draining ? "Ask again" : "Drain and remove"),
    danger: true,
    carryOut: async (form) => {
      const parameters = new URLSearchParams(reasonOf(form));
      if (form.elements.force.checked) parameters.set("force", "true");
      const query = parameters.toString();
      const answer = await call("DELETE", `api/v1/workers/${path(name)}${query ? `?${query}` : ""}`);
      toast(`${name} is ${answer?.state ?? "leaving"}.`);
      refresh();
    },
  });
}

export function decide(view, approvals, id, verb, refresh) {
  const approval = approvals.find((approval) => approval.id === id);
  if (!approval) return;
  const approving = verb === "approve";
  ask({
    title: approving ? "Approve this?" : "Reject this?",
    body: [el("p", { class: "strong" }, approval.sentence), reasonField()],
    explain: () => [
      approving && approval.added_cost !== undefined && approval.added_cost !== null
        ? el("p", { class: "strong" }, `It costs ${money(approval.added_cost)} ${view.currency}.`) : null,
      el("p", {}, approving ? "It is carried out with the next decision." : "It is not carried out; it can be asked for again."),
    ],
    submit: approving ? "Approve" : "Reject",
    danger: !approving,
    carryOut: async (form) => {
      await call("POST", `api/v1/approvals/${path(id)}/${verb}`, reasonOf(form));
      toast(approving ? "Approved." : "Rejected.");
      refresh();
    },
  });
}
