// Who is signed in, and what they may do.

import { el } from "./dom.js";
import { ask, field, toast } from "./dialogs.js";
import { call } from "./live.js";

export class Session {
  constructor() { this.answer = { authentication: "none", signed_in: false }; }

  // - Throws: `CallError` when there is no answer at all.
  async load() {
    try {
      this.answer = (await call("GET", "api/v1/session")) ?? this.answer;
    } catch (error) {
      // A program without accounts has no such path.
      if (error.status !== 404) throw error;
      this.answer = { authentication: "none", signed_in: false };
    }
  }

  get needed() { return this.answer.authentication === "required"; }
  get signedIn() { return this.answer.signed_in === true; }
  get mayRead() { return !this.needed || (this.signedIn && this.answer.role !== "ingest"); }
  get mayOperate() { return !this.needed || (this.signedIn && ["operate", "admin"].includes(this.answer.role)); }
  get words() { return this.signedIn ? `${this.answer.name} (${this.answer.role})` : ""; }
}

export function signIn(session, done, why) {
  const secret = el("input", { name: "secret", type: "password", required: true, autocomplete: "current-password" });
  const user = el("input", { name: "user", type: "text", autocomplete: "username", autofocus: true });
  ask({
    title: "Sign in",
    body: [
      why ? el("p", { class: "muted" }, why) : null,
      field("Name", user, "Leave it empty to sign in with a token."), field("Password or token", secret),
    ],
    submit: "Sign in",
    carryOut: async () => {
      const name = user.value.trim();
      await call("POST", "api/v1/session", name ? { user: name, password: secret.value } : { token: secret.value });
      await session.load();
      toast(`Signed in as ${session.words}.`);
      done();
    },
  });
}

export function account(session, done) {
  ask({
    title: session.words,
    body: [el("p", {}, session.mayOperate ? "You may look, and change what is asked of the pools." : "You may look; changing something takes the role operate.")],
    submit: "Sign out",
    carryOut: async () => {
      await call("DELETE", "api/v1/session");
      await session.load();
      done();
    },
  });
}
