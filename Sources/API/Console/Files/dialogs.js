// Dialogs that ask before something is changed. The browser's own `dialog` keeps the focus inside, closes by Escape and gives
// the focus back.

import { el } from "./dom.js";

let open = null;

export const isOpen = () => open !== null;

// Shows a dialog until it is closed.
// - `title`, `body`: nodes. `explain()`: nodes that say what will happen, made anew with every change of a field.
// - `ready()`: called when the fields are in the page. `submit`: the button's words, or a function that gives them; `danger`: whether to colour it as a warning.
// - `carryOut(form)`: does it; a refusal is thrown and shown, and the dialog stays.
export function ask({ title, body = [], explain, ready, submit, danger, carryOut }) {
  open?.close();
  const outcome = el("p", { class: "refusal", role: "alert" });
  const says = el("div", { class: "consequence", "aria-live": "polite" });
  const button = el("button", { type: "submit", class: "primary" });
  const cancel = el("button", { type: "button", class: "quiet" }, submit ? "Cancel" : "Close");
  const form = el("form", { method: "dialog", novalidate: true },
    el("h2", { id: "dialog-title" }, title), body, explain ? says : null, submit ? outcome : null,
    el("div", { class: "dialog-foot" }, cancel, submit ? button : null));
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
  const renew = () => {
    if (explain) says.replaceChildren(...[explain(form)].flat(Infinity).filter(Boolean));
    if (submit) {
      button.textContent = typeof submit === "function" ? submit(form) : submit;
      button.classList.toggle("danger", typeof danger === "function" ? danger(form) : Boolean(danger));
    }
  };
  form.addEventListener("input", renew);
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!submit) return dialog.close();
    if (!form.reportValidity()) return;
    outcome.textContent = "";
    button.disabled = true;
    try {
      await carryOut(form);
      dialog.close();
    } catch (error) {
      outcome.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
  dialog.addEventListener("close", () => {
    if (open === dialog) open = null;
    dialog.remove();
  });
  document.body.append(dialog);
  ready?.();
  renew();
  open = dialog;
  dialog.showModal();
  (form.querySelector("[autofocus]") ?? form.querySelector("input,select,button.primary") ?? cancel).focus();
  return dialog;
}

// A field with its label; `note` stands below it and belongs to it.
export function field(label, control, note) {
  const id = `field-${control.getAttribute("name")}`;
  control.setAttribute("id", id);
  if (note) control.setAttribute("aria-describedby", `${id}-note`);
  return el("div", { class: "field" }, el("label", { for: id }, label), control, note ? el("p", { class: "muted", id: `${id}-note` }, note) : null);
}

export function reasonField() {
  return field("Reason (optional)", el("input", { name: "reason", type: "text", maxlength: 300, autocomplete: "off" }),
    "Written into the audit log with your name.");
}

export function check(label, name, note) {
  const input = el("input", { type: "checkbox", name, id: `field-${name}`, "aria-describedby": note ? `field-${name}-note` : null });
  return el("div", { class: "field" }, el("label", { class: "check" }, input, ` ${label}`),
    note ? el("p", { class: "muted", id: `field-${name}-note` }, note) : null);
}

// Tells an outcome; it stays for some seconds and is read out.
export function toast(text) {
  const node = el("p", { class: "toast" }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), 8_000);
}
