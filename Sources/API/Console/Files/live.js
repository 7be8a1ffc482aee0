// Keeps what is shown true: listens to the stream, asks for the overview when something changed, asks every few seconds
// where there is no stream, and says so when there is no answer.

// Real time, in milliseconds.
const answerWithin = 10_000;
const pollEvery = 5_000;
// The server says something every ten seconds at least.
const silenceMeansLost = 26_000;
const firstRetry = 500;
const longestRetry = 15_000;
// Between two overviews while all is well, whatever the stream says: costs grow without a decision.
const renewEvery = 15_000;

// What went wrong with a call: `status` is 0 where there was no answer.
export class CallError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

// A call of the API. Changes carry a header that no page of another origin can send without asking.
export async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Poolkeeper-Console"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store",
      credentials: "same-origin", signal: AbortSignal.timeout(answerWithin),
    });
  } catch {
    throw new CallError(0, "unreachable", "The server did not answer.");
  }
  let value = null;
  try { value = await answer.json(); } catch { /* An answer without a body, or of a proxy. */ }
  if (answer.ok) return value;
  const error = value?.error;
  const told = typeof error === "object" ? error?.message : error;
  throw new CallError(answer.status, error?.code ?? "", told ?? `The server answered with status ${answer.status}.`);
}

export class Live {
  // `show(overview)`, `tick(now)` for a time without news, `state(name, since)` with connecting, live, polling, lost,
  // `refused()` when a sign-in is needed.
  constructor(handlers) {
    this.handlers = handlers;
    this.source = null;
    this.heard = 0;
    this.answered = 0;
    this.retry = firstRetry;
    this.asking = null;
    this.again = false;
    this.timer = null;
    this.stopped = true;
    this.watch = null;
  }

  start() {
    this.stopped = false;
    this.watch ??= setInterval(() => this.look(), 2_000);
    this.connect();
    this.refresh();
  }

  stop() {
    this.stopped = true;
    this.drop();
    clearTimeout(this.timer);
    clearInterval(this.watch);
    this.watch = null;
  }

  get streaming() { return this.source !== null && this.source.readyState === EventSource.OPEN; }

  // Asks for the overview; while one is on its way, once more after it.
  refresh() {
    if (this.asking) {
      this.again = true;
      return this.asking;
    }
    this.asking = this.ask().finally(() => {
      this.asking = null;
      if (this.again && !this.stopped) {
        this.again = false;
        this.refresh();
      }
    });
    return this.asking;
  }

  async ask() {
    try {
      const overview = await call("GET", "api/v1/overview");
      if (this.stopped) return;
      this.answered = Date.now();
      this.retry = firstRetry;
      this.handlers.show(overview);
      this.handlers.state(this.streaming ? "live" : "polling");
      if (!this.source) this.later(pollEvery);
    } catch (error) {
      if (this.stopped) return;
      this.again = false;
      if (error.status === 401) {
        this.stop();
        this.handlers.refused(error);
        return;
      }
      this.lose(error);
    }
  }

  connect() {
    this.drop();
    const source = new EventSource("api/v1/stream");
    this.source = source;
    const heard = (event) => {
      if (this.source !== source) return null;
      this.heard = Date.now();
      try { return JSON.parse(event.data); } catch { return null; }
    };
    source.addEventListener("hello", (event) => {
      if (heard(event)) this.refresh();
    });
    source.addEventListener("change", (event) => {
      if (heard(event)) this.refresh();
    });
    source.addEventListener("beat", (event) => {
      const news = heard(event);
      if (!news) return;
      if (Date.now() - this.answered > renewEvery) this.refresh();
      else this.handlers.tick(Date.parse(news.now));
    });
    source.addEventListener("error", () => {
      if (this.source !== source) return;
      // The browser would try again by itself, without a pause that grows and without telling.
      this.drop();
      this.refresh();
      this.later(this.pause());
    });
  }

  drop() {
    const source = this.source;
    this.source = null;
    source?.close();
  }

  look() {
    if (this.source && this.source.readyState === EventSource.OPEN && Date.now() - this.heard > silenceMeansLost) {
      this.drop();
      this.refresh();
      this.later(this.pause());
    }
  }

  lose(error) {
    this.drop();
    this.handlers.state("lost", this.answered || null, error);
    this.later(this.pause());
  }

  // Grows from attempt to attempt, with a part drawn, so that many consoles do not come back at one instant.
  pause() {
    const pause = this.retry * (0.75 + Math.random() / 2);
    this.retry = Math.min(longestRetry, this.retry * 2);
    return pause;
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.stopped) return;
      if (!this.source) this.connect();
      this.refresh();
    }, pause);
  }
}
