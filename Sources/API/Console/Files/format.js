// Numbers, times and lengths of time as people read them. Times are UTC, like those in the program's sentences.

const pad = (number) => String(number).padStart(2, "0");

// The API writes numbers that JSON does not have as texts.
export function number(value) {
  if (typeof value === "number") return value;
  return { "+Inf": Infinity, "-Inf": -Infinity }[value] ?? NaN;
}

export function clock(milliseconds) {
  const date = new Date(milliseconds);
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

export function shortClock(milliseconds) { return clock(milliseconds).slice(0, 5); }

// The time, with the day where that is another than now's.
export function moment(milliseconds, now) {
  const date = new Date(milliseconds);
  if (date.toISOString().slice(0, 10) === new Date(now).toISOString().slice(0, 10)) return clock(milliseconds);
  const month = date.toLocaleString("en", { month: "short", timeZone: "UTC" });
  return `${date.getUTCDate()} ${month} ${shortClock(milliseconds)}`;
}

// Two units at most: "3h 20m", "4m 5s", "6d 2h".
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return hours > 0 ? `${days}d ${hours}h` : `${days}d`;
  if (hours > 0) return minutes > 0 ? `${hours}h ${minutes}m` : `${hours}h`;
  if (minutes >= 10) return `${minutes}m`;
  if (minutes > 0) return seconds % 60 > 0 ? `${minutes}m ${seconds % 60}s` : `${minutes}m`;
  return `${seconds}s`;
}

// Money with two digits behind the point; more where it is less than a cent, none where there is nothing.
export function money(value) {
  const amount = number(value);
  if (!Number.isFinite(amount)) return "unknown";
  if (amount !== 0 && Math.abs(amount) < 0.01) return amount.toFixed(4);
  return amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

// A cap: whole where it is whole.
export function cap(value) {
  const amount = number(value);
  return Number.isInteger(amount) ? amount.toLocaleString("en") : money(amount);
}

// A reading or threshold: three or four digits that count.
export function figure(value) {
  const amount = number(value);
  if (!Number.isFinite(amount)) return Number.isNaN(amount) ? "no number" : amount > 0 ? "+∞" : "−∞";
  if (Number.isInteger(amount)) return amount.toLocaleString("en");
  return amount.toLocaleString("en", { maximumSignificantDigits: 4 });
}

export function percent(share) {
  if (!Number.isFinite(share)) return "";
  const value = share * 100;
  return value > 0 && value < 1 ? "<1 %" : `${Math.round(value)} %`;
}

export function count(number, one, many = `${one}s`) { return `${number} ${number === 1 ? one : many}`; }

// "wait_for_node_ready" as "wait for node ready".
export function words(code) { return String(code ?? "").replaceAll("_", " "); }

export function capital(text) { return text ? text[0].toUpperCase() + text.slice(1) : text; }

export const time = (text) => (text ? Date.parse(text) : NaN);
